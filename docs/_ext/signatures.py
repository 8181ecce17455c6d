"""Signatures as they are written: ``Float[Array, "*batch n"]`` and ``PointsLike``, not what Python makes of them."""

import ast
import inspect
import re
import textwrap
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.domains.python import PyObject


def written(app: Sphinx, what: str, name: str, obj: Any, options: Any, signature: Any, returns: Any) -> Any:
    """Return signature and type of result from the source of a function, a method or a class."""
    if what not in ("function", "method", "class"):
        return None
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(obj)))).body[0]
    except (OSError, TypeError, SyntaxError):
        return None
    if isinstance(tree, ast.FunctionDef):
        return f"({_arguments(tree)})", tree.returns and _annotation(tree.returns)
    if isinstance(tree, ast.ClassDef) and signature is not None:
        inits = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "__init__"]
        return f"({_arguments(inits[0])})" if inits else _fields(tree), None
    return None


def _arguments(function: ast.FunctionDef) -> str:
    """Return the arguments of a function, without ``self``."""
    arguments = function.args
    if arguments.args and arguments.args[0].arg in ("self", "cls"):
        del arguments.args[0]
    for argument in (*arguments.args, *arguments.kwonlyargs):
        if argument.annotation is not None:
            argument.annotation = ast.parse(_annotation(argument.annotation), mode="eval").body
    return ast.unparse(arguments)


def _fields(tree: ast.ClassDef) -> str:
    """Return the arguments of a dataclass; nothing for an abstract class, which nobody makes."""
    fields = []
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            given = node.value is not None and not (
                isinstance(node.value, ast.Call) and "field" in ast.unparse(node.value)
            )
            default = f" = {ast.unparse(node.value)}" if given else ""
            fields.append(f"{node.target.id}: {_annotation(node.annotation)}{default}")
    return "" if any("AbstractVar" in field for field in fields) else f"({', '.join(fields)})"


def _annotation(node: ast.expr) -> str:
    """Return an annotation without the quotes of a forward reference and without the space in ``" n"``.

    ``X | Any`` is written where anything else is refused with an error of our own: it is X that is wanted.
    """
    text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ast.unparse(node)
    return text.replace("' ", "'").removesuffix(" | Any")


def shorten(app: Sphinx, domain: str, kind: str, content: nodes.Element) -> None:
    """In the types of properties, which do not come from the source, ``Array`` is enough."""
    for text in list(content.parent.findall(nodes.Text)):
        if "jaxlib._jax." in text:
            text.parent.replace(text, nodes.Text(text.replace("jaxlib._jax.", "")))


def whole(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Keep Napoleon from reading the docstring of a property as "type: text": it does so on the first line only."""
    if what in ("property", "attribute"):
        lines.insert(0, "\\ ")  # an escaped space, which is nothing


def together(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Keep attributes together that a docstring describes together: ``a, b`` would be b of type "a,"."""
    for i, line in enumerate(lines):
        if match := re.match(r":(?:ivar|vartype) [\w, ]+:", line):
            names = match[0].replace(", ", ",")
            lines[i] = names + line[match.end() :]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    for field in PyObject.doc_field_types:
        if field.name == "variable":
            field.label = "Attributes"  # by default "Variables", which in mathematics are something else
    app.connect("autodoc-process-signature", written)
    app.connect("autodoc-process-docstring", whole, priority=400)
    app.connect("autodoc-process-docstring", together, priority=600)
    app.connect("object-description-transform", shorten)
    return {"parallel_read_safe": True}
