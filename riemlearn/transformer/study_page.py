"""The page of a study: what was asked, how it was measured, what may be concluded, and all numbers."""

import numpy as np

from riemlearn.errors import Status
from riemlearn.plot.figures import Panel, against, by_layer, heat_map, spectra
from riemlearn.plot.report import Report
from riemlearn.transformer.results import Study
from riemlearn.transformer.summaries import groups, number, shown, span, spearman, special_tokens, summaries

_QUESTION = """\
A transformer turns each token of a sentence into a vector h, layer after layer. Move the embedding of \
one token a little, and its own h moves with it. If the embedding may move in k directions, h moves on a \
k-dimensional surface in the space of the layer. How much does the model stretch that surface, how much \
does it bend it, and how does that change from layer to layer?

The surface carries the pullback metric g = JᵀJ, with J the derivative of h along the k directions. Its \
curvature follows from the second derivatives of h by the Gauss equation; nothing is approximated but \
the rounding of floating-point numbers."""

_QUANTITIES = (
    "Singular values of J: by which factors the k directions are stretched. Their ratio is the condition "
    "number, their product the volume density.",
    "Mean sectional curvature K: the average over all planes of the surface's tangent space, scalar "
    "curvature / (k (k − 1)). It has the unit 1 / length², so it is shown as K·|h|², without a unit: 1 "
    "is the round sphere through h about the origin.",
    "K relative to the LayerNorm: the last step of a layer maps every vector to one fixed ellipsoid. The "
    "column divides K by that ellipsoid's own mean sectional curvature along the same tangent space.",
    "Length of the mean curvature vector, times |h|: how far the surface is from being as short as "
    "possible (a minimal surface has 0; a round k-sphere through h about the origin has k).",
    "The spectrum of the whole derivative: all singular values of a token's d × d Jacobian, with its "
    "rank and effective rank, the exponential of the entropy of the squared singular values.",
)

_LIMITS = (
    "Curvature of the full map says nothing about language. With all d input directions and the token's "
    "own output, the image is the ellipsoid of the layer's last LayerNorm (or flat), whatever the "
    "sentence. That is why a slice of k chosen directions is measured, and why every number here depends "
    "on that choice.",
    "K relative to the LayerNorm takes that ellipsoid out: 1 is a slice as curved as the ellipsoid it "
    "lies in. By the Gauss equation, the rest is the way the slice bends inside the ellipsoid; it may have "
    "either sign.",
    "Large values are often small denominators. Curvature is bending per squared length on the surface; "
    "where h hardly depends on the token's embedding (small singular values, as some special tokens have), "
    "little bending counts for much. The section on curvature against stretching shows how far that goes here.",
    "These are descriptions of the sentences below, not a test of a hypothesis. No claim is made that "
    "curvature goes with syntax, meaning or frequency; such a claim needs controls (random directions, "
    "shuffled weights), confounds (frequency, norm, stretching, position) and many more sentences.",
    "Rank means: singular values above the stated fraction of the largest. Where values fall off without "
    "a gap, another fraction gives another rank.",
)


def add_study(report: Report, study: Study, folder: str = "") -> Report:
    """Add the sections of a study to a report.

    Parameters
    ----------
    report : Report
        The page, which grows.
    study : Study
        What was measured.
    folder : str, optional
        Where the files of the study lie, seen from the page; by default beside it.
    """
    k, d = study.directions.shape
    name = study.settings["model"]
    report.section("The question", _QUESTION)
    report.highlights(_highlights(study))
    _add_failures(report, study)

    report.section("What was measured")
    report.paragraph(
        f"Model: {name}, {d} dimensions, weights in {study.settings['dtype']}. Directions: "
        f"{study.settings['directions']}, orthonormal, so k = {k}. Output: the moved token's own state, "
        f"in layers {shown(study.layers.tolist())}; layer 0 is what enters the first block. All tokens are "
        "measured, special ones included."
    )
    report.points(_QUANTITIES)
    report.section("What can be concluded, and what cannot").points(_LIMITS)
    _add_curvature(report, study)
    _add_stretching(report, study)
    _add_relation(report, study)
    _add_sentences(report, study)
    if len(study.spectra):
        _add_spectra(report, study)
    _add_settings(report, study, folder)
    return report


def _highlights(study: Study) -> list[tuple[str, str]]:
    """Key figures of the top of the page."""
    rows = study.rows
    medians = [np.median(group) for group in groups(study, rows["sectional_dimensionless"]) if len(group)]
    figures = [
        (str(len(study.sentences)), "sentences"),
        (str(len(rows["layer"]) // len(study.layers)), f"tokens, each in {len(study.layers)} layers"),
    ]
    if medians:
        figures.append((span(np.array(medians)), "median K·|h|² of a layer, least to largest"))
    if len(study.spectra):
        figures.append((span(study.ranks, "d"), f"rank of a token's whole Jacobian, of {study.spectra.shape[-1]}"))
    return figures


def _add_failures(report: Report, study: Study) -> None:
    """Say where there is no curvature, and why."""
    status = study.rows["status"]
    for kind in np.unique(status[status != "OK"]):
        sentence = Status[str(kind)].sentence
        report.notice(f"{np.sum(status == kind)} of {len(status)} points have no curvature: {sentence}.")


def _add_curvature(report: Report, study: Study) -> None:
    """Add curvature by layer."""
    rows = study.rows
    k = study.directions.shape[0]
    bend = rows["mean_curvature"] * rows["norm"]
    panels = [
        Panel(
            "mean sectional curvature × |h|²",
            rows["sectional_dimensionless"],
            "asinh",
            1.0,
            "round sphere through h",
        ),
        Panel(
            "K relative to the LayerNorm ellipsoid",
            rows["sectional_relative"],
            "asinh",
            1.0,
            "the ellipsoid's own",
        ),
        Panel("|mean curvature| × |h|", bend, "log", float(k), "round sphere through h"),
        Panel("length |h| of the hidden state", rows["norm"]),
    ]
    report.section("Curvature by layer")
    report.figure(
        by_layer(rows["layer"], panels, special_tokens(study)),
        "Each point is one token of one sentence. The line joins the medians, the band holds the middle "
        "half; special tokens are left out of both. The first two axes are linear below 1 and "
        "logarithmic above.",
        "Four panels with the curvature of all tokens against the layer",
    )
    relative = rows["sectional_relative"]
    curved = zip(groups(study, rows["sectional_mean"]), groups(study, relative), strict=True)
    flat = [layer for layer, (own, ratio) in zip(study.layers, curved, strict=True) if len(own) and not len(ratio)]
    if flat:
        report.paragraph(
            f"There is no relative curvature in layer {shown(flat)}: two or more gains of its LayerNorm "
            "are zero, so its ellipsoid is flat."
        )
    report.table(
        ["layer", "K·|h|²", "K relative", "|mean curvature|·|h|", "|h|"],
        summaries(study, [rows["sectional_dimensionless"], relative, bend, rows["norm"]]),
        "Median over ordinary tokens, with the quartiles in brackets.",
        "rrrrr",
    )


def _add_stretching(report: Report, study: Study) -> None:
    """Add first-order geometry by layer."""
    rows, values = study.rows, study.singular_values
    panels = [
        Panel("volume density √det g", rows["volume_density"], "log"),
        Panel("condition number of J", rows["condition_number"], "log"),
        Panel("largest singular value of J", values[:, 0], "log"),
        Panel("smallest singular value of J", values[:, -1], "log"),
    ]
    report.section(
        "Stretching by layer",
        "The directions are orthonormal in the space of embeddings, so a singular value of 1 keeps "
        "lengths as they are.",
    )
    report.figure(
        by_layer(rows["layer"], panels, special_tokens(study)),
        "First derivatives of the same slices. All axes are logarithmic.",
        "Four panels with volume density, condition number and extreme singular values against the layer",
    )
    report.table(
        ["layer", "volume density", "condition number", "largest σ", "smallest σ"],
        summaries(study, [rows["volume_density"], rows["condition_number"], values[:, 0], values[:, -1]]),
        "Median over ordinary tokens, with the quartiles in brackets.",
        "rrrrr",
    )


def _add_relation(report: Report, study: Study) -> None:
    """Add curvature against stretching, the plainest of its confounds."""
    rows = study.rows
    volume, curvature, special = rows["volume_density"], rows["sectional_dimensionless"], special_tokens(study)
    usable = np.isfinite(curvature) & ~special
    report.section(
        "Curvature against stretching",
        "Curvature is bending per squared length on the surface, so it depends on how much the slice is "
        "stretched. Whoever wants to relate curvature to anything else has to take that out first.",
    )
    report.figure(
        against(volume, curvature, rows["layer"], ("volume density √det g", "K·|h|²"), special),
        "Each point is one token in one layer; crosses are special tokens. The vertical axis is linear "
        "below 1 and logarithmic above, for both signs.",
        "Curvature against volume density",
    )
    here = [usable & (rows["layer"] == layer) for layer in study.layers]
    report.table(
        ["layer", "tokens", "rank correlation"],
        [
            [layer, mask.sum(), number(spearman(volume[mask], curvature[mask]), "+.2f")]
            for layer, mask in zip(study.layers, here, strict=True)
        ],
        "Spearman's correlation of K·|h|² with the volume density over ordinary tokens, as a description.",
        "rrr",
    )


def _add_sentences(report: Report, study: Study) -> None:
    """Add a heat map for each sentence, all on one scale."""
    values = study.rows["sectional_dimensionless"]
    sizes = np.abs(values[np.isfinite(values) & ~special_tokens(study)])
    limit = max(float(np.quantile(sizes, 0.98)), 2.0) if len(sizes) else 2.0
    report.section(
        "Sentence by sentence",
        "Mean sectional curvature times |h|², red positive, blue negative. All sentences have one colour "
        "scale, linear below 1 and logarithmic above; it ends at the size that 98 % of the ordinary "
        "tokens keep below. Grey: no value.",
    )
    for i, sentence in enumerate(study.sentences):
        report.heading(sentence)
        cells = study.grid("sectional_dimensionless", i).T
        picture = heat_map(study.tokens(i), study.layers.tolist(), cells, "K·|h|²", limit)
        report.figure(picture, "", f"Curvature of each token (across) in each layer (upwards) of: {sentence}")


def _add_spectra(report: Report, study: Study) -> None:
    """Add the spectra of whole Jacobians."""
    d = study.spectra.shape[-1]
    cutoff = study.settings["rank_cutoff"]
    ranks, effective, largest = study.ranks, study.effective_ranks, study.spectra[:, :, 0]
    report.section(
        "The whole Jacobian",
        f"All {d} singular values of the derivative of a token's state with respect to its own embedding, "
        f"for the words below. A singular value counts if it is above {cutoff:.1g} of the largest (rings). A "
        f"LayerNorm removes the mean and fixes the length, so no more than {d - 2} can count, and fewer where "
        "three or more of its gains are zero.",
    )
    first = range(min(len(study.spectra), 8))
    names = study.spectrum_tokens
    report.figure(
        spectra(
            [f"“{names[i]}”, sentence {study.spectrum_sentence[i] + 1}" for i in first],
            [study.spectra[i] for i in first],
            [ranks[i] for i in first],
            [cutoff * largest[i] for i in first],
            study.layers.tolist(),
        ),
        "Singular values in descending order, one line for each layer. Rings: the last one that counts. "
        "Grey: the cut-offs; the axis ends at a thousandth of the least.",
        "Singular values against their index, one panel for each word",
    )
    smallest = np.take_along_axis(study.spectra, np.maximum(ranks - 1, 0)[..., None], -1)[..., 0]
    lines = [
        [
            layer,
            span(ranks[:, j], "d"),
            f"{np.median(effective[:, j]):.0f} ({span(effective[:, j], '.0f')})",
            f"{np.median(largest[:, j]):.3g}",
            f"{np.median(smallest[:, j]):.2g}",
        ]
        for j, layer in enumerate(study.layers)
    ]
    report.table(
        ["layer", "rank", "effective rank", "largest σ", "smallest σ that counts"],
        lines,
        f"Over {len(study.spectra)} tokens: rank, least to largest; effective rank, median (least to "
        "largest); medians.",
        "rrrrr",
    )
    report.table(
        ["token", "sentence", *(f"layer {layer}" for layer in study.layers)],
        [
            [
                names[i],
                study.spectrum_sentence[i] + 1,
                *(f"{r} ({e:.0f})" for r, e in zip(ranks[i], effective[i], strict=True)),
            ]
            for i in range(len(study.spectra))
        ],
        "Rank, with the effective rank in brackets.",
        "lr" + "r" * len(study.layers),
        folded="Each token's ranks",
    )


def _add_settings(report: Report, study: Study, folder: str) -> None:
    """Add all that is needed to do it again."""
    facts = [(name, value) for name, value in study.settings.items() if name != "versions"]
    facts += [(f"version of {name}", value) for name, value in study.settings.get("versions", {}).items()]
    report.section("How to do it again")
    report.table(["setting", "value"], [(name, shown(value)) for name, value in facts])
    prefix = f"{folder}/" if folder else ""
    report.downloads(
        [
            (f"{prefix}tokens.csv", "every number of every token and layer, one line each"),
            (f"{prefix}spectra.csv", "rank and singular values of the whole Jacobians, one line for each layer"),
            (f"{prefix}geometry.npz", "both as arrays, with the directions"),
            (f"{prefix}study.json", "the sentences and the settings"),
        ]
    )
