#!/usr/bin/python3
"""Furnishes an empty Tryton 6.0 database with the hospital of hospital.json.

Usage: bootstrap.py CONFIG URL HOSPITAL OUT. Runs in process, without a server. OUT gets the ids that tests need.
"""
import datetime
import json
import sys
from decimal import Decimal

from proteus import Model, Wizard
from proteus import config as proteus_config

CONFIG, URL, HOSPITAL, OUT = sys.argv[1:5]
with open(HOSPITAL) as source:
    WANTED = json.load(source)
SESSION = proteus_config.set_trytond(URL, user='admin', config_file=CONFIG)
TODAY = datetime.date.today()


def model(name):
    return Model.get(name)


def make(kind, /, **values):
    record = model(kind)(**values)
    record.save()
    return record


def the(kind, *domain):
    """The first record; a record of its own for each use, since proteus lets one stand in one list only."""
    found = model(kind).find(list(domain), limit=1)
    if not found:
        raise LookupError('no %s with %s' % (kind, domain))
    return found[0]


def day(text):
    return datetime.date.fromisoformat(text)


def make_company():
    for code, rate in ((WANTED['currency'], '1'), ('EUR', '0.9')):
        currency = model('currency.currency')(name=code, symbol=code, code=code, rounding=Decimal('0.01'), digits=2)
        currency.rates.new(date=datetime.date(2000, 1, 1), rate=Decimal(rate))
        currency.save()
    wizard = Wizard('company.company.config')
    wizard.execute('company')
    wizard.form.party = make('party.party', name='Hospital', code=WANTED['company'])
    wizard.form.currency = the('currency.currency', ('code', '=', WANTED['currency']))
    wizard.execute('add')
    SESSION._context = model('res.user').get_preferences(True, {})
    return the('company.company')


def make_accounts(company):
    template = the('ir.model.data', ('module', '=', 'account'), ('fs_id', '=', 'account_template_root_en'))
    wizard = Wizard('account.create_chart')
    wizard.execute('account')
    wizard.form.account_template = model('account.account.template')(template.db_id)
    wizard.form.company = company
    wizard.execute('create_account')
    wizard.form.account_receivable = the('account.account', ('type.receivable', '=', True))
    wizard.form.account_payable = the('account.account', ('type.payable', '=', True))
    wizard.execute('create_properties')
    flags = {
        'stock': dict(statement='balance', stock=True),
        'expense': dict(statement='income', expense=True),
    }
    types = {of: make('account.account.type', name=of, company=company, **flag) for of, flag in flags.items()}
    parent = the('account.account', ('type.expense', '=', True)).parent
    for wanted in WANTED['accounts']:
        make('account.account', code=wanted['code'], name=wanted['name'], type=types[wanted['of']], company=company, parent=parent)
    types['stock'].assets = True
    types['stock'].save()


def make_years(company):
    move = the('ir.sequence.type', ('name', '=', 'Account Move'))
    invoice = the('ir.sequence.type', ('name', '=', 'Invoice'))
    years = WANTED['years']
    for number in range(years['from'], TODAY.year + years['ahead'] + 1):
        year = model('account.fiscalyear')(
            name=str(number), company=company, start_date=datetime.date(number, 1, 1), end_date=datetime.date(number, 12, 31))
        year.post_move_sequence = make('ir.sequence', name='Moves %d' % number, prefix='J%d-' % number, sequence_type=move, company=company)
        sequences, = year.invoice_sequences
        strict = make('ir.sequence.strict', name='Invoices %d' % number, prefix='B%d-' % number, sequence_type=invoice, company=company)
        for direction in ('in', 'out'):
            setattr(sequences, direction + '_invoice_sequence', strict)
            setattr(sequences, direction + '_credit_note_sequence', strict)
        year.account_stock_method = 'anglo_saxon'
        year.save()
        year.click('create_period')


def close_periods():
    for first in WANTED['closed']:
        the('account.period', ('start_date', '=', day(first)), ('type', '=', 'standard')).click('close')


def make_axes():
    for axis in WANTED['axes']:
        root = make('analytic_account.account', type='root', name=axis['name'], code=axis['code'])
        for code, name in axis['members'].items():
            make('analytic_account.account', type='normal', root=root, parent=root, name=name, code=code)


def account(code):
    return the('account.account', ('code', '=', code))


def make_catalogue():
    unit = the('product.uom', ('symbol', '=', 'u'))
    for wanted in WANTED['units']:
        holds = wanted['holds']
        make('product.uom', name=wanted['name'], symbol=wanted['symbol'], category=unit.category, factor=float(holds),
            rate=round(1.0 / holds, 12), rounding=1.0, digits=0)
    for name, expense in WANTED['categories'].items():
        make('product.category', name=name, accounting=True, account_expense=account(expense), account_stock=account('1410'),
            account_revenue=the('account.account', ('type.revenue', '=', True)),
            account_stock_in=account('2110'), account_stock_out=account('5190'), account_cogs=account(expense))
    term = model('account.invoice.payment_term')(name='30 days')
    term.lines.new(type='remainder').relativedeltas.new(days=30)
    term.save()
    for wanted in WANTED['suppliers']:
        party = model('party.party')(name=wanted['name'], code=wanted['code'], supplier_payment_term=term)
        address = party.addresses[0] if party.addresses else party.addresses.new()
        address.city = 'Springfield'
        party.save()
    for wanted in WANTED['items']:
        make_item(wanted)


def make_item(wanted):
    buy = the('product.uom', ('symbol', '=', wanted['buy']))
    template = model('product.template')(
        name=wanted['name'], type='goods', purchasable=True, list_price=Decimal(0), cost_price_method='average',
        default_uom=the('product.uom', ('symbol', '=', 'u')), account_category=the('product.category', ('name', '=', wanted['category'])))
    template.purchase_uom = buy
    product, = template.products
    product.suffix_code = wanted['code']
    product.cost_price = Decimal(wanted['cost'])
    if 'gtin' in wanted:
        identifier = product.identifiers.new()
        identifier.type = 'ean'
        identifier.code = wanted['gtin']
    offer = template.product_suppliers.new()
    offer.party = the('party.party', ('code', '=', wanted['supplier']))
    offer.code = wanted['catalog']
    offer.currency = the('currency.currency', ('code', '=', WANTED['currency']))
    offer.lead_time = datetime.timedelta(days=2)
    price = offer.prices.new()
    price.quantity = 0
    price.unit_price = Decimal(wanted['cost']) * int(buy.factor)
    template.save()
    if wanted.get('lots'):
        template.lot_required = ['supplier', 'storage', 'customer']
        template.save()


def make_places():
    shelves = the('stock.location', ('code', '=', 'STO'))
    for wanted in WANTED['locations']:
        extra = {'type': 'storage'}
        if 'consignedBy' in wanted:
            extra = {'type': 'supplier', 'consignment_party': the('party.party', ('code', '=', wanted['consignedBy']))}
        make('stock.location', code=wanted['code'], name=wanted['name'], parent=shelves, **extra)
    for wanted in WANTED['levels']:
        make('stock.order_point', type='purchase', product=the('product.product', ('code', '=', wanted['item'])),
            warehouse_location=the('stock.location', ('code', '=', 'WH')), min_quantity=float(wanted['min']), target_quantity=float(wanted['target']))


def fill_places(company):
    """Opening stock by moves that were done on one day; the periods are closed only after it."""
    moves = []
    for wanted in WANTED['stock']:
        product = the('product.product', ('code', '=', wanted['item']))
        lot = None
        if 'lot' in wanted:
            lot = make('stock.lot', product=product, number=wanted['lot'])
        to = the('stock.location', ('code', '=', wanted['location']))
        # What the hospital owns was found by a first count; what it holds for suppliers came from them.
        origin = the('stock.location', ('code', '=', 'SUP')) if to.type == 'supplier' else the('stock.location', ('type', '=', 'lost_found'))
        move = make('stock.move', product=product, lot=lot, uom=product.default_uom, quantity=float(wanted['quantity']),
            from_location=origin, to_location=to, company=company, effective_date=day(WANTED['stockDate']))
        moves.append(move)
    model('stock.move').click(moves, 'do')


def name_numbers():
    """Numbers of different kinds of documents are told apart, as in any hospital."""
    for name, prefix in WANTED['numbers'].items():
        sequence = the('ir.sequence', ('sequence_type.name', '=', name))
        sequence.prefix = prefix
        sequence.save()


def make_users(company):
    known = {group.name: group.id for group in model('res.group').find([])}
    for wanted in WANTED['users']:
        employee = make('company.employee', party=make('party.party', name=wanted['name']), company=company)
        user = model('res.user')(name=wanted['name'], login=wanted['login'])
        user.password = wanted['password']
        for name in wanted['groups']:
            user.groups.append(model('res.group')(known[name]))
        user.companies.append(model('company.company')(company.id))
        user.company = company
        user.employees.append(model('company.employee')(employee.id))
        user.employee = employee
        user.save()


def ids(kind, key='code'):
    return {getattr(record, key): record.id for record in model(kind).find([]) if getattr(record, key)}


COMPANY = make_company()
make_accounts(COMPANY)
make_years(COMPANY)
make_axes()
make_catalogue()
make_places()
name_numbers()
fill_places(COMPANY)
close_periods()
settings = model('purchase.configuration')(1)
settings.purchase_invoice_method = 'shipment'
settings.purchase_process_after = None
settings.save()
make_users(COMPANY)
with open(OUT, 'w') as target:
    json.dump({
        'company': COMPANY.id,
        'accounts': ids('account.account'),
        'analytic': ids('analytic_account.account'),
        'suppliers': ids('party.party'),
        'products': ids('product.product'),
        'units': ids('product.uom', 'symbol'),
        'locations': ids('stock.location'),
        'journals': ids('account.journal'),
    }, target, indent=1, sort_keys=True)
