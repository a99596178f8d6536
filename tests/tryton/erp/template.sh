#!/bin/bash
# Makes a furnished database: template.sh FOLDER DATABASE [URI]. FOLDER gets trytond.conf, log.conf, fixture.json and, on SQLite, db/DATABASE.sqlite.
set -euo pipefail
export PYTHONWARNINGS=ignore
here=$(cd "$(dirname "$0")" && pwd)
folder=$1 database=$2 uri=${3:-sqlite://}
mkdir -p "$folder/db"
cat >"$folder/trytond.conf" <<CONF
[database]
uri = $uri
path = $folder/db
[email]
uri = smtp://127.0.0.1:1
[queue]
worker = False
CONF
cat >"$folder/log.conf" <<CONF
[loggers]
keys=root
[handlers]
keys=stderr
[formatters]
keys=plain
[logger_root]
level=ERROR
handlers=stderr
[handler_stderr]
class=StreamHandler
formatter=plain
args=(sys.stderr,)
[formatter_plain]
format=%(levelname)s %(name)s %(message)s
CONF
printf 'admin-secret-1\n' >"$folder/admin.password"
url="${uri%/}/$database"
if [ "$uri" = sqlite:// ]; then
  url="sqlite:///$database"
  # Tryton opens only files that exist.
  : >"$folder/db/$database.sqlite"
fi
modules='party company currency country product stock stock_lot stock_lot_sled stock_supply stock_consignment purchase purchase_history purchase_request
  purchase_requisition production account account_product account_invoice account_invoice_stock account_stock_anglo_saxon analytic_account analytic_invoice
  analytic_purchase'
# shellcheck disable=SC2086 # a list of words
TRYTONPASSFILE=$folder/admin.password /usr/bin/python3 "$here/activate.py" -c "$folder/trytond.conf" --logconf "$folder/log.conf" -d "$database" \
  --activate-dependencies -u $modules --email admin@localhost
/usr/bin/python3 "$here/bootstrap.py" "$folder/trytond.conf" "$url" "$here/hospital.json" "$folder/fixture.json"
