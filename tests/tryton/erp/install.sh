#!/bin/sh
# Installs Tryton 6.0 of Debian 12 with the modules of a hospital's supply chain. As root. Its packaged daemon is kept from starting:
# the tests run their own on a free port.
set -eu
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
fi
packages='tryton-server tryton-proteus python3-psycopg2'
for module in company party product stock stock-lot stock-lot-sled stock-supply stock-consignment \
  purchase purchase-history purchase-request purchase-requisition production \
  account account-product account-invoice account-invoice-stock account-stock-anglo-saxon \
  analytic-account analytic-invoice analytic-purchase; do
  packages="$packages tryton-modules-$module"
done
apt-get update -qq
# shellcheck disable=SC2086 # a list of words
apt-get install -y -qq --no-install-recommends $packages >/dev/null
