"""python run.py OUT.npz FILE ...: a map of the files by a Dask cluster."""

import sys

from dask.distributed import Client, LocalCluster

import fastmi.distributed

WORKERS = 2

if __name__ == "__main__":
    out, *files = sys.argv[1:]
    cluster = LocalCluster(n_workers=WORKERS, threads_per_worker=1)
    with cluster, Client(cluster) as client:
        result = fastmi.distributed.pairwise_mi(
            files, k=3, pseudocount=0, executor=client, n_workers=WORKERS, directory="parts"
        )
    result.save(out)
