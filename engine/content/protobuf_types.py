"""The Protobuf messages that the user's files describe: descriptor sets and .proto files.

A .proto file is compiled by `protoc`, if it is on the PATH, or by grpcio-tools.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import Any

from engine.errors import ContentError, InvalidInput, ReaderMissing

_COMPILE_TIMEOUT = 20.0
"""Seconds."""
MAX_FITTED = 1000
"""Subjects of which it is known which type fits."""
MAX_TRIED = 300
"""Types that are tried on a body of which nobody said what it is."""
_TITLE, _EXTRA = "Protobuf", "protobuf"
_OF_PROTOBUF = "google/protobuf/"


class ProtobufTypes:
    """Reads the files when it is first asked. Raises `ContentError` where one is broken."""

    def __init__(self, files: tuple[str, ...] = (), folders: tuple[str, ...] = ()) -> None:
        self._files = files
        self._folders = folders
        self._lock = Lock()
        self._pool: Any = None
        self._failure: ContentError | None = None
        """Why the files cannot be used: they are tried once."""
        self._names: tuple[str, ...] = ()
        self.fitted: dict[str, str] = {}
        """By subject: the type that fitted the last body, which likely fits the next one too."""

    @property
    def given(self) -> bool:
        """True if there are files."""
        return bool(self._files)

    @property
    def ready(self) -> bool:
        """True once the files were read, or tried: until then that may take seconds."""
        return self._pool is not None or self._failure is not None

    @property
    def names(self) -> tuple[str, ...]:
        """Full names of all messages."""
        self._load()
        return self._names

    @property
    def pool(self) -> Any:
        """The library's pool of all messages: what an Any holds is looked up in there."""
        self._load()
        return self._pool

    def message(self, name: str) -> Any:
        """The class of a message; raises `ContentError` for a name that no file describes."""
        self._load()
        from google.protobuf.message_factory import GetMessageClass

        try:
            return GetMessageClass(self._pool.FindMessageTypeByName(name))
        except KeyError:
            known = ", ".join(self._names[:5]) or "none: name files in [protobuf]"
            raise ContentError(_TITLE, f"no file describes {name!r}, known are {known}") from None

    def _load(self) -> None:
        with self._lock:
            if self._pool is not None:
                return
            if self._failure is not None:
                raise self._failure
            try:
                self._read()
            except ContentError as error:
                self._failure = error
                raise

    def _read(self) -> None:
        """Make the pool of all files; raises `ContentError`."""
        try:
            from google.protobuf import descriptor_pb2, descriptor_pool
        except ImportError:
            raise ReaderMissing(_TITLE, _EXTRA) from None
        pool = descriptor_pool.DescriptorPool()
        names: list[str] = []
        try:
            sets = map(descriptor_pb2.FileDescriptorSet.FromString, self._sets())
            for file in _in_order([file for described in sets for file in described.file]):
                pool.AddSerializedFile(file.SerializeToString())
                names.extend(_names_of(file.package, file.message_type))
        except ContentError:
            raise
        except Exception as error:  # the library's errors have no common class
            raise ContentError(_TITLE, f"a descriptor set is broken: {error}") from None
        self._names = tuple(
            dict.fromkeys(name for name in names if not name.startswith("google.protobuf."))
        )
        self._pool = pool

    def _sets(self) -> Iterator[bytes]:
        """Descriptor sets of all files."""
        paths = [Path(file).expanduser() for file in self._files]
        sources = [path for path in paths if path.suffix == ".proto"]
        if sources:
            yield self._compiled(sources)
        for path in paths:
            if path.suffix != ".proto":
                try:
                    yield path.read_bytes()
                except OSError as error:
                    raise ContentError(_TITLE, f"{path}: {error.strerror}") from None

    def _compiled(self, sources: list[Path]) -> bytes:
        import subprocess
        import tempfile

        folders = [Path(folder).expanduser() for folder in self._folders]
        folders += [path.parent for path in sources]
        with tempfile.TemporaryDirectory() as made:
            out = Path(made) / "set"
            command = [
                *_compiler(),
                *(f"--proto_path={folder}" for folder in dict.fromkeys(folders)),
                "--include_imports",
                f"--descriptor_set_out={out}",
                *map(str, sources),
            ]
            try:
                done = subprocess.run(
                    command, capture_output=True, timeout=_COMPILE_TIMEOUT, check=False
                )
            except (OSError, subprocess.TimeoutExpired) as error:
                raise ContentError(_TITLE, f"protoc does not run: {error}") from None
            if done.returncode:
                said = done.stderr.decode("utf-8", "replace").strip().split("\n")[0]
                raise ContentError(_TITLE, f"protoc says: {said}")
            return out.read_bytes()


def _compiler() -> list[str]:
    import shutil

    if found := shutil.which("protoc"):
        return [found]
    from importlib.util import find_spec

    if find_spec("grpc_tools") is None:
        raise ReaderMissing("a .proto file", _EXTRA)
    return [sys.executable, "-m", "grpc_tools.protoc", f"--proto_path={_well_known()}"]


def _well_known() -> Path:
    """Where grpcio-tools keeps google/protobuf/*.proto."""
    import grpc_tools  # type: ignore[import-untyped]

    return Path(next(iter(grpc_tools.__path__))) / "_proto"


def _in_order(files: list[Any]) -> Iterator[Any]:
    """Each file behind those that it imports, in whichever set they are; raises `ContentError`."""
    from graphlib import TopologicalSorter

    known: dict[str, Any] = {}
    for file in files:
        if known.setdefault(file.name, file) != file and not file.name.startswith(_OF_PROTOBUF):
            raise ContentError(_TITLE, f"two descriptor sets have a {file.name}, and they differ")
    needed = {name: list(file.dependency) for name, file in known.items()}
    for name in TopologicalSorter(needed).static_order():
        yield known[name] if name in known else _own_file(name)


def _own_file(name: str) -> Any:
    """A file that comes with Protobuf, as google/protobuf/timestamp.proto: few sets have these."""
    from importlib import import_module

    from google.protobuf.descriptor_pb2 import FileDescriptorProto

    stem = name.removeprefix(_OF_PROTOBUF).removesuffix(".proto")
    try:
        if not name.startswith(_OF_PROTOBUF) or not stem.isidentifier():
            raise ImportError
        module = import_module(f"google.protobuf.{stem}_pb2")
    except ImportError:
        raise ContentError(
            _TITLE, f"no file has {name}: add it, or make the set with --include_imports"
        ) from None
    return FileDescriptorProto.FromString(module.DESCRIPTOR.serialized_pb)


def _names_of(package: str, messages: Any) -> Iterator[str]:
    for message in messages:
        name = f"{package}.{message.name}" if package else message.name
        if not message.options.map_entry:
            yield name
            yield from _names_of(name, message.nested_type)


def check_name(name: str) -> str:
    """The name of a type; raises `InvalidInput` for what cannot be one."""
    if not name or not all(part.isidentifier() for part in name.split(".")):
        raise InvalidInput(f"{name!r} is not the name of a message: write it as shop.Order")
    return name
