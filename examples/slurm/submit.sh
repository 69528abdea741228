#!/bin/bash
# bash submit.sh FILE ...
set -euo pipefail

job=$(sbatch --parsable count.sh "$@")
sbatch --dependency="afterok:${job%%;*}" --kill-on-invalid-dep=yes map.sh
