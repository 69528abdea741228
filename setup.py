"""Builds the bindings of csrc/: Cython + C11 + OpenMP.  All else stands in pyproject.toml.

Environment variables
---------------------
FASTMI_OPENMP : auto | on | off
    auto (default): use OpenMP if the compiler has it, else warn and build single-threaded;
    on: fail without it; off: never ask.
FASTMI_DEBUG : 1
    Bounds checks in the binding, no optimisation, AddressSanitizer-friendly frames.
"""

import os
import sys
import tempfile
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.errors import BaseError, CompileError, LinkError

NO_COMPILER = (
    "fastmi needs a C compiler, and none could be used ({error}). Install one and try again: "
    "'apt install build-essential python3-dev' on Debian or Ubuntu, 'dnf install gcc "
    "python3-devel' on Fedora, 'xcode-select --install' on macOS, 'conda install -c "
    "conda-forge c-compiler' in conda, Visual Studio Build Tools on Windows."
)
DEBUG = os.environ.get("FASTMI_DEBUG", "") == "1"
PROBE = "#include <omp.h>\nint main(void) { return omp_get_max_threads() < 1; }\n"
# (compile flags, link flags), the first pair that compiles and links wins
OPENMP_FLAGS = {
    "msvc": [(["/openmp"], [])],
    "unix": [(["-fopenmp"], ["-fopenmp"]), (["-Xpreprocessor", "-fopenmp"], ["-lomp"])],
}


class BuildCore(build_ext):
    """build_ext that probes the compiler and OpenMP, and says what is missing."""

    def build_extensions(self):
        kind = "msvc" if self.compiler.compiler_type == "msvc" else "unix"
        self._require_compiler()
        compile_args, link_args = self._openmp(kind)
        if kind == "msvc":
            compile_args = [*compile_args, "/std:c11", "/O2"]
        else:
            level = ["-O0", "-g"] if DEBUG else ["-O3"]
            # csrc/mi.c: sums are exact only if nothing is contracted to fused operations
            exact = ["-std=c11", "-ffp-contract=off"]
            compile_args = [*compile_args, *exact, "-fvisibility=hidden", *level]
        for extension in self.extensions:
            extension.extra_compile_args = compile_args
            extension.extra_link_args = link_args
        super().build_extensions()

    def _try(self, source, compile_args=(), link_args=()):
        """Compile and link a small program; raises what the compiler's driver raises."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "probe.c")
            path.write_text(source)
            objects = self.compiler.compile(
                [str(path)], output_dir=folder, extra_postargs=list(compile_args)
            )
            self.compiler.link_executable(
                objects, str(Path(folder, "probe")), extra_postargs=list(link_args)
            )

    def _require_compiler(self):
        try:
            self._try("int main(void) { return 0; }\n")
        except (BaseError, CompileError, LinkError, OSError) as error:
            raise SystemExit(NO_COMPILER.format(error=error)) from None

    def _openmp(self, kind):
        wish = os.environ.get("FASTMI_OPENMP", "auto")
        if wish not in ("auto", "on", "off"):
            raise SystemExit(f"FASTMI_OPENMP must be auto, on or off, got {wish!r}")
        if wish == "off":
            return [], []
        for compile_args, link_args in OPENMP_FLAGS[kind]:
            try:
                self._try(PROBE, compile_args, link_args)
            except (BaseError, CompileError, LinkError, OSError):
                continue
            return compile_args, link_args
        if wish == "on":
            raise SystemExit("FASTMI_OPENMP=on, but the compiler builds no OpenMP program")
        print(
            "\n*** fastmi: the compiler has no OpenMP, so fastmi will use ONE thread only.\n"
            "*** Install it (gcc has it; 'brew install libomp' on macOS) and build again.\n",
            file=sys.stderr,
        )
        return [], []


# what each binding links beside what is shared; fastmi._core all that no other one does
BINDINGS = {
    "_deepbind": ["csrc/deepbind.c"],
    "_one_hot": ["csrc/one_hot.c"],
    "_random": ["csrc/random.c", "csrc/shuffle.c"],
}
SHARED = ["csrc/isa.c", "csrc/pack.c"]
TAKEN = {source for sources in BINDINGS.values() for source in sources}
CORE = [p.as_posix() for p in sorted(Path("csrc").glob("*.c")) if p.as_posix() not in TAKEN]


def bindings():
    """The extensions, from Cython's output for this very Cython."""
    from Cython.Build import cythonize

    # files of csrc/ include each other (isa_*.c the kernels), so any change builds all anew
    depends = sorted(str(p) for p in Path("csrc").glob("*.[ch]"))
    return cythonize(
        [
            Extension(
                f"fastmi.{name}",
                [f"fastmi/{name}.pyx", *sources],
                include_dirs=["csrc"],
                libraries=[] if os.name == "nt" else ["m"],  # log2
                depends=depends,
            )
            for name, sources in [
                ("_core", CORE),
                *((name, [*own, *SHARED]) for name, own in BINDINGS.items()),
            ]
        ],
        build_dir="build/cython",
        compiler_directives={
            "language_level": "3",
            "boundscheck": DEBUG,
            "wraparound": False,
            "initializedcheck": DEBUG,
            "cdivision": True,
            "binding": True,
            "embedsignature": False,
        },
    )


setup(ext_modules=bindings(), cmdclass={"build_ext": BuildCore})
