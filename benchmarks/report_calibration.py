"""What calibration.py and significance.py say in docs/statistics.md."""

from __future__ import annotations

from tables import Row, about, markdown, rows_of, seconds

CALIBRATION = "<!-- calibration: written by benchmarks/report.py -->"
COST = "<!-- cost: written by benchmarks/report.py -->"
LEVELS = ("0.05", "0.01", "0.001")


def calibration(found: Row, source: str) -> list[str]:
    """The block below "Calibration"."""
    return [
        f"{about(found)}. From `{source}`, which `benchmarks/calibration.py` wrote.",
        "",
        "Shares of p at most 0.05, 0.01 and 0.001 in independent data sets in which the null "
        "is true, with standard errors over data sets (pairs of one set depend on each other). "
        "Where they are below, p are too large: two positions that hardly vary, and weights "
        "that are fractions but not those of copies. Where they are above, the null is not "
        "true of the whole map: two positions interact, and pairs with one of them, or with "
        "neither, are held against sequences that were selected otherwise. Dotted: p half and "
        "twice what they should be.",
        "",
        "![P against those of a uniform distribution](figures/calibration.png)",
        "",
        *_rates(found),
        "",
        "### False discoveries",
        "",
        *_discoveries(found),
        "",
        "### Power",
        "",
        *_power(found),
    ]


def _rates(found: Row) -> list[str]:
    rows = [
        [
            f"{row['null']}: {row['name']}",
            f"{row['n']} ({row['n_p']:,})",
            *(f"{row[f'share_{level}']:.4f} ± {row[f'error_{level}']:.4f}" for level in LEVELS),
        ]
        for row in found["calibration"]
    ]
    head = "data | sets (p) | " + " | ".join(f"p <= {level}" for level in LEVELS)
    return markdown(head, rows)


def _discoveries(found: Row) -> list[str]:
    rows = []
    for row in found["discoveries"]:
        rows.append(
            [
                f"{100 * row['copied']:g} %, {row['correction']}",
                f"{row['false_share']:.3f} ± {row['false_share_error']:.3f}",
                f"{row['any_false']:.2f} ± {row['any_false_error']:.2f}",
                f"{row['found']:.2f} ± {row['found_error']:.2f}",
            ]
        )
    n = found["discoveries"][0]["n"]
    return [
        f"{n} sets of 4,000 sequences of 30 letters each, skewed; 15 of 435 pairs depend, as "
        "one letter is a copy of the other in some of the sequences. Called are pairs at 0.05.",
        "",
        *markdown("copied, correction | false share | any false | found", rows),
    ]


def _power(found: Row) -> list[str]:
    rows = []
    for row in found["power"]:
        rows.append(
            [
                f"{row['kind']}, N = {row['n_sequences']:,}, {100 * row['copied']:g} %",
                row["way"],
                f"{row['false_at_0.05']:.3f}",
                f"{row['found_at_true_0.05']:.2f}",
            ]
        )
    first = found["power"][0]
    return [
        "Two 3-mers, one a copy of the other in some of the sequences (pseudocount 0); "
        f"{first['n_with']} sets with and {first['n']} without. `x2` is the p here, "
        "`chi-square on MI` that of 2 N ln 2 MI with 63^2 degrees of freedom, `share of random "
        "maps` how many of 100 random sets have a larger MI, as the original program counts "
        "it. First the share called at p <= 0.05 where nothing depends; then the share found "
        "at a threshold at which each way is wrong once in twenty. At commit "
        f"{found['commits']['power']}.",
        "",
        *markdown("data, copied | way | false at 0.05 | found at a true 0.05", rows),
    ]


def cost(found: Row, source: str) -> list[str]:
    """The block below "Cost"."""
    rows = []
    for row in rows_of(found, "significance"):
        letters = "DNA" if row["alphabet"] == "dna" else row["alphabet"]
        cores = f"{row['threads']} core{'s'[: row['threads'] != 1]}"
        rows.append(
            [
                f"{letters}, k = {row['k']}, {row['n']:,} x {row['length']}, {cores}",
                seconds(row["map_s"]),
                f"{row['x2_ratio']:.1f}",
                f"{row['permutation_ratio']:.1f}",
                f"{row['trials']:,}",
                seconds(row["significance_s"]),
                f"{row['significance_ratio']:.1f}",
            ]
        )
    head = (
        "sequences | map | X^2 / map | permutation / map | trials | significance | "
        "significance / map"
    )
    return [
        f"{about(found)}. From `{source}`, which `benchmarks/significance.py` wrote; medians "
        f"of {found['cases'][0]['runs']} runs in turn, uniform sequences in memory, null "
        "independence with its trials. A permutation is one of all pairs, each in two "
        "permutations.",
        "",
        *markdown(head, rows),
    ]
