from keras_htr_gan.experiments.annealing_report import write_annealing_report


def test_a_report_compares_what_there_is(cells):
    output = cells.parent / "docs"
    report = write_annealing_report(output, cells, "train it in {precision}")
    assert report == (output / "annealing.md").read_text(encoding="utf-8")
    assert "```sh\ntrain it in bfloat16\n```" in report
    main, _, rest = report.partition("## Against no reading loss")
    row = next(r for r in main.splitlines() if r.startswith("| `on_off_clip"))
    assert "| 75.0% | 75.0% | 90.00 |" in row
    row = next(r for r in main.splitlines() if r.startswith("| `none`"))
    assert "| - | - | - |" in row
    assert "annealed_view" not in main
    less = "| `annealed` less `none` | +0.00 (+0.00 to +0.00) | -10.00 (-10.00"
    assert less in rest
    _, _, sweep = rest.partition("## The target weight")
    assert "| `annealed` | 30 | 1 |" in sweep and "At 10:" in sweep
    assert "compare targets by seed 0," in sweep
    assert "At 30:" not in sweep
    _, _, ideas = sweep.partition("## Ideas that were tried")
    assert "| `annealed_view` less `annealed` | +0.00" in ideas
    assert "+2.50 (+2.50 to +2.50) | +2.5 | +0.00 |" in ideas
    for picture in ("curves.png", "pareto.png"):
        assert (output / "annealing" / picture).exists()
