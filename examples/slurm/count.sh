#!/bin/bash
#SBATCH --job-name=count
#SBATCH --array=1-16
#SBATCH --cpus-per-task=4
#SBATCH --mem=6G
#SBATCH --time=04:00:00
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=count-%a.log
set -euo pipefail

shards=16 # as in --array; SLURM_ARRAY_TASK_COUNT is smaller where only some are sent again
i=$SLURM_ARRAY_TASK_ID
mkdir -p parts
fastmi count "$@" -k 3 --shard "$i/$shards" --checkpoint saves -o "parts/part-$i.npz"
