#!/usr/bin/env bash
# Makes the token that CloudMonitor's callbacks carry, and the public key by which Function Compute knows it, into
# callback.auto.tfvars.json. The secret key is forgotten: whoever runs this again makes the old token invalid. Another
# auth than token is chosen in that file, and stays.
#
#   ./callback-token.sh [days]        for how long the token is good; 365
set -euo pipefail
umask 077
cd "$(dirname "$0")"

days=${1:-365}
[[ $days =~ ^[1-9][0-9]{0,3}$ ]] || { echo "usage: $0 [days]" >&2; exit 2; }

file=callback.auto.tfvars.json
auth=$([ ! -e $file ] || sed -n 's/.*"auth" *: *"\([a-z]*\)".*/\1/p' $file)

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$folder/key"
modulus=$(openssl rsa -in "$folder/key" -noout -modulus | cut -d= -f2 | sed 's/../\\x&/g')
modulus=$(printf '%b' "$modulus" | base64url)

# RFC 7515: header and claims, signed. AQAB is 65537, the exponent of keys that openssl makes.
claims=$(printf '{"sub":"cloudmonitor","exp":%d}' $(($(date +%s) + days * 86400)))
signed=$(printf '{"alg":"RS256","typ":"JWT"}' | base64url).$(printf '%s' "$claims" | base64url)
signature=$(printf '%s' "$signed" | openssl dgst -sha256 -sign "$folder/key" | base64url)

cat >$file <<END
{
  "callback": {
    "enabled": true,
    "auth": "${auth:-token}",
    "jwks": "{\"keys\":[{\"kty\":\"RSA\",\"use\":\"sig\",\"alg\":\"RS256\",\"n\":\"$modulus\",\"e\":\"AQAB\"}]}"
  },
  "callback_token": "$signed.$signature"
}
END
echo "$file holds a token for $days days; terraform apply takes it from there. Keep it secret."
