#!/usr/bin/python3
"""trytond-admin, without what takes most of its time on a database that is empty and thrown away.

Records are not validated: they come with the modules, which Debian has released. And PostgreSQL is asked about its tables in its own catalogue:
the views of the standard that Tryton asks, hundreds of times for each module, cost two minutes more.
"""
from trytond import commandline
from trytond.config import config

options = commandline.get_parser_admin().parse_args()
config.update_etc(options.configfile)
commandline.config_log(options)

# Only now: what these import depends on the configuration.
from trytond import admin, backend  # noqa: E402
from trytond.model import ModelStorage  # noqa: E402
from trytond.transaction import Transaction  # noqa: E402

ModelStorage._validate = classmethod(lambda cls, records, field_names=None: None)

COLUMNS = """
    SELECT a.attname, t.typname, a.attnotnull, CASE WHEN t.typname = 'varchar' AND a.atttypmod > 4 THEN a.atttypmod - 4 END, pg_get_expr(d.adbin, d.adrelid)
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped"""
CONSTRAINTS = "SELECT conname FROM pg_constraint WHERE conrelid = to_regclass(%s)"
DELETES = """
    SELECT a.attname, CASE c.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' WHEN 'r' THEN 'RESTRICT' ELSE 'NO ACTION' END
    FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
    WHERE c.contype = 'f' AND c.conrelid = to_regclass(%s)"""
INDEXES = "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = to_regclass(%s)"


def rows(query, schema, name):
    cursor = Transaction().connection.cursor()
    cursor.execute(query, ('"%s"."%s"' % (schema, name),))
    return cursor.fetchall()


def update_definitions(table, columns=None, constraints=None, indexes=None):
    everything = columns is None and constraints is None and indexes is None
    place = (table.table_schema, table.table_name)
    if columns or everything:
        table._columns = {
            name: {'typname': kind, 'notnull': notnull, 'size': size, 'default': default} for name, kind, notnull, size, default in rows(COLUMNS, *place)}
    if constraints or everything:
        table._constraints = [name for name, in rows(CONSTRAINTS, *place)]
        table._fk_deltypes = dict(rows(DELETES, *place))
    if indexes or everything:
        table._indexes = [name for name, in rows(INDEXES, *place)]


def schema_of(database, _connection, name):
    return next((schema for schema in database.search_path if rows('SELECT 1 WHERE to_regclass(%s) IS NOT NULL', schema, name)), None)


if backend.name == 'postgresql':
    backend.TableHandler._update_definitions = update_definitions
    backend.Database.get_table_schema = schema_of
    backend.Database.sequence_exist = lambda *asked: schema_of(*asked) is not None
admin.run(options)
