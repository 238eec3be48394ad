"""Restores documents on a Ray cluster: Ray Data hands them to workers that each
keep a model.

Every machine of the cluster must see the documents and the output under the
same paths. The cluster is that of `RAY_ADDRESS`; without it Ray starts one on
this machine.
"""

import contextlib
import os
import time
import warnings
from pathlib import Path

from tqdm import tqdm

from keras_htr_gan.errors import UserError
from keras_htr_gan.restoration.documents import restore_documents
from keras_htr_gan.restoration.jobs import Job
from keras_htr_gan.restoration.restorer import Restorer

ATTEMPTS = 3
# A document is the unit of work, but millions of units are too many for Ray.
MOST_BLOCKS = 2000


class Worker:
    """Restores batches of documents, with a model that is loaded once.

    Args:
        model, runtime: see `Restorer.from_preset`.
        began: float, seconds since the epoch: a file that was written since
            is done, by a worker that died after it.
        options: dict, see `restore_documents`.
    """

    def __init__(self, model, runtime, began, options):
        self.restorer = Restorer.from_preset(model, runtime)
        self.began, self.options = began, options

    def __call__(self, batch):
        """Restores documents.

        Args:
            batch: dict of columns, see `list_ray_rows`.

        Returns:
            dict of columns: `number` and `reason`, empty where it went well.
        """
        rows = zip(*batch.values(), strict=True)
        jobs = [
            Job(
                Path(row["source"]),
                Path(row["target"]),
                int(row["pages"]),
                str(row["preview"]),
                str(row["evidence"]),
                text_height=float(row["text_height"]) or None,
                transcribed=bool(row["transcribed"]),
            )
            for row in (dict(zip(batch, row, strict=True)) for row in rows)
        ]
        reasons = [self.reason(job) for job in jobs]
        return {"number": batch["number"], "reason": reasons}

    def reason(self, job):
        """Why a document could not be restored; empty if it was: str."""
        for _ in range(ATTEMPTS):
            with contextlib.suppress(OSError):
                if job.target.stat().st_mtime >= self.began:
                    return ""
            options = self.options
            if job.text_height is not None:
                options = options | {"text_height": job.text_height}
            failed = restore_documents(
                self.restorer, [job], quiet=True, **options
            )
            if not failed:
                return ""
        return failed[0][1]


def restore_on_ray(
    jobs, model, runtime="auto", workers=None, quiet=False, **options
):
    """Restores documents, several at once; what cannot be is told in the end.

    A document whose worker dies goes to another, `ATTEMPTS` times.

    Args:
        jobs: list of `Job`.
        model, runtime: see `Restorer.from_preset`.
        workers: int, how many models at once, or `None` for one for each two
            cores of the cluster.
        quiet: bool, no progress bar.
        **options: see `restore_documents`.

    Returns:
        list of `(path, reason)`, the documents that failed.

    Raises:
        UserError: if Ray is not installed, or its cluster not to be reached.
    """
    began = time.time()
    if Path(model).exists():
        model = os.path.abspath(model)
    reasons = {}
    with connect_to_ray() as ray:
        cores = int(ray.cluster_resources().get("CPU", 1))
        workers = workers or max(1, cores // 2)
        rows = list_ray_rows(jobs)
        documents = ray.data.from_items(
            rows, override_num_blocks=min(len(rows), MOST_BLOCKS)
        )
        with warnings.catch_warnings():
            # From 2.60 on it warns, and has no other way to say so.
            warnings.filterwarnings("ignore", "`ray_remote_args_fn`")
            restored = documents.map_batches(
                Worker,
                fn_constructor_args=(model, runtime, began, options),
                batch_size=None,
                compute=ray.data.ActorPoolStrategy(size=workers),
                num_cpus=max(1, cores // workers),
                ray_remote_args_fn=lambda: {"max_task_retries": ATTEMPTS},
            )
        with tqdm(total=len(jobs), unit=" files", disable=quiet or None) as bar:
            for row in restored.iter_rows():
                reasons[row["number"]] = row["reason"]
                bar.update()
    lost = f"its worker died {ATTEMPTS + 1} times"
    found = ((job, reasons.get(i, lost)) for i, job in enumerate(jobs))
    return [(job.source, reason) for job, reason in found if reason]


@contextlib.contextmanager
def connect_to_ray():
    """The module `ray`, connected to a cluster within a `with` block."""
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise UserError(
            "`engine` ray: Ray is not installed: pip install "
            "'keras_htr_gan[ray]'"
        ) from error
    try:
        ray.init(log_to_driver=False, logging_level="error")
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise UserError(
            f"`engine` ray: no cluster at RAY_ADDRESS="
            f"{os.environ.get('RAY_ADDRESS', '')}: {error}"
        ) from error
    try:
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        context.max_errored_blocks = -1
        yield ray
    finally:
        ray.shutdown()


def list_ray_rows(jobs):
    """The jobs as Ray hands them on, see `Worker`: list of dict."""
    return [
        {
            "number": number,
            "source": os.path.abspath(job.source),
            "target": os.path.abspath(job.target),
            "pages": job.pages,
            "preview": job.preview,
            "evidence": job.evidence,
            "text_height": job.text_height or 0.0,
            "transcribed": job.transcribed,
        }
        for number, job in enumerate(jobs)
    ]
