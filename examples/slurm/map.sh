#!/bin/bash
#SBATCH --job-name=map
#SBATCH --cpus-per-task=4
#SBATCH --mem=10G
#SBATCH --time=01:00:00
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=map.log
set -euo pipefail

fastmi merge parts/part-*.npz -o counts.npz
fastmi mi counts.npz --pseudocount 0 -o map
