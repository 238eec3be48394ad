"""What lies beside the package in a checkout is installed within it."""

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

PACKAGE = "keras_htr_gan"


class BuildWithTraining(build_py):
    """Takes `train.py` in as `keras_htr_gan.train`."""

    def find_package_modules(self, package, package_dir):
        modules = super().find_package_modules(package, package_dir)
        if package == PACKAGE:
            modules.append((PACKAGE, "train", "train.py"))
        return modules


setup(
    packages=[
        *find_packages(include=[PACKAGE, f"{PACKAGE}.*"]),
        f"{PACKAGE}.callbacks",
    ],
    package_dir={f"{PACKAGE}.callbacks": "callbacks"},
    cmdclass={"build_py": BuildWithTraining},
)
