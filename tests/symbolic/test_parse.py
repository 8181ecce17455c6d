"""The reader of text: its grammar against SymPy, its limits, and hostile texts."""

import pickle
import random

import pytest
import sympy as sp
from hypothesis import example, given, settings
from hypothesis import strategies as st

from riemlearn.errors import ParseError, RiemlearnError, SymbolError
from riemlearn.symbolic import bounded, check_name, differential, parse
from riemlearn.symbolic.parse import MAX_DEPTH, MAX_DIGITS, MAX_LENGTH, MAX_ORDER, MAX_TOKENS

x, y, theta = sp.symbols("x y theta", real=True)
p = sp.Symbol("p", positive=True)
c = sp.Symbol("c")
A, B = sp.Function("A"), sp.Function("B")
SYMBOLS, FUNCTIONS = [x, y, theta, p, c], [A, "B"]


def read(text):
    return parse(text, symbols=SYMBOLS, functions=FUNCTIONS)


# -- grammar ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-x**2", -(x**2)),
        ("(-x)**2", x**2),
        ("2**-x", sp.Integer(2) ** (-x)),
        ("2**-x**2", sp.Integer(2) ** (-(x**2))),
        ("x**-y*p", p * x ** (-y)),
        ("x/y/p", x / (y * p)),
        ("x/y*p", x * p / y),
        ("x/(y*p)", x / (y * p)),
        ("x**y**p", x ** (y**p)),
        ("(x**y)**2", x ** (2 * y)),
        ("x-y-p", x - y - p),
        ("x-(y-p)", x - y + p),
        ("x - -y", x + y),
        ("x*-y", -x * y),
        ("--x", x),
        ("-+-x", x),
        ("-x*y**2", -x * y**2),
        ("-2**2", sp.Integer(-4)),
        ("1/2", sp.Rational(1, 2)),
        ("0.1", sp.Rational(1, 10)),
        ("1.5e-3", sp.Rational(3, 2000)),
        ("2E2", sp.Integer(200)),
        (".5*x + 1.", x / 2 + 1),
        ("007", sp.Integer(7)),
        (" x\n+\ty ", x + y),
        ("2*(x + y)*p", 2 * p * (x + y)),
        ("3*pi/2", 3 * sp.pi / 2),
        ("exp(1)", sp.E),
        ("sqrt(p**2)", p),
        ("sqrt(x**2)", sp.Abs(x)),
        ("sqrt(c**2)", sp.sqrt(c**2)),
        ("x**(1/3)", sp.cbrt(x)),
        ("sin(-x)", -sp.sin(x)),
        ("sin(theta)**2 + cos(theta)**2", sp.sin(theta) ** 2 + sp.cos(theta) ** 2),
        ("exp(-x**2/2)", sp.exp(-(x**2) / 2)),
        ("log(p*exp(x))", sp.log(p * sp.exp(x))),
        ("Abs(c)*sign(x)", sp.Abs(c) * sp.sign(x)),
        ("A(x)*B(x, y)", A(x) * B(x, y)),
        ("A(A(2*x))", A(A(2 * x))),
        ("diff(x**3, x)", 3 * x**2),
        ("diff(x**3*y, x, 2)", 6 * x * y),
        ("diff(B(x, y), x, y)", sp.diff(B(x, y), x, y)),
        ("diff(B(x, y), x, 2, y, 3)", sp.diff(B(x, y), x, 2, y, 3)),
        ("Derivative(B(x, y), (x, 2), y)", sp.diff(B(x, y), x, x, y)),
        ("diff(A(x)*exp(y), y)", A(x) * sp.exp(y)),
        ("diff(A(x**2), x)", sp.diff(A(x**2), x)),
        ("d(x)**2 - x*d(y)*d(theta)", differential(x) ** 2 - x * differential(y) * differential(theta)),
    ],
)
def test_text_is_read_as_sympy_would(text, expected):
    assert read(text) == expected


@pytest.mark.parametrize("name", bounded.FUNCTIONS)
def test_every_function(name):
    assert read(f"{name}(x*y + p)") == getattr(sp, name)(x * y + p)


def test_all_functions_are_listed_for_the_user():
    listed = (parse.__doc__ or "").split("the functions")[1].split(", calls")[0].replace(" and ", ", ").split(",")
    assert {name.strip() for name in listed} == set(bounded.FUNCTIONS)


def test_declared_names_come_first():
    d, sin, pi = sp.symbols("d sin pi")
    assert parse("d*sin + pi", symbols=[d, sin, pi]) == d * sin + pi
    assert parse("exp(x)", symbols=[x], functions=["exp"]) == sp.Function("exp")(x)
    assert parse("r*μ_1", symbols={"r": x, "μ_1": y}) == x * y
    assert read("x").is_real and read("p").is_positive
    with pytest.raises(ParseError, match="d is declared as a symbol and cannot be called at position 0"):
        parse("d(x)", symbols=[d, x])


# -- errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a number, a name or '\\(', got the end at position 0"),
        ("x +", "expected a number, a name or '\\(', got the end at position 3"),
        ("2x", r"expected an operator or the end, got 'x' at position 1; write \* for a product"),
        ("x y", "expected an operator or the end, got 'y' at position 2"),
        ("(x", "expected '\\)' to close '\\(', got the end"),
        ("x)", "expected an operator or the end, got '\\)'"),
        ("x^2", r"unexpected character '\^' at position 1; write \*\* for a power"),
        ("x = y", "unexpected character '=' at position 2; give one expression"),
        ("x // y", "got '/' at position 3"),
        ("thet", "unknown name 'thet' at position 0; did you mean theta\\?"),
        ("1 + sinn(x)", "unknown name 'sinn' at position 4; did you mean sin\\?"),
        ("Q", "unknown name 'Q' at position 0; declared are x, y, theta, p, c, A, B"),
        ("E*x", r"unknown name 'E' at position 0; Euler's number is exp\(1\)"),
        ("e**x", r"unknown name 'e' at position 0; Euler's number is exp\(1\)"),
        ("ln(x)", "unknown name 'ln' at position 0; write log for the natural logarithm"),
        ("dx**2", r"unknown name 'dx' at position 0; write d\(x\) for the differential"),
        ("x²", r"unexpected character '\\xb2' at position 1; write \*\*2 for a square"),
        ("I", "only real expressions are read"),
        ("sin", "expected '\\(' after the function sin, got the end"),
        ("A + 1", "expected '\\(' after the function A, got '\\+'"),
        ("A()", "expected a number, a name or '\\(', got '\\)'"),
        ("sin(x, y)", "sin takes one argument, got 2"),
        ("x(y)", "x is declared as a symbol and cannot be called"),
        ("pi(x)", "expected an operator or the end, got '\\('"),
        ("(x, y)", "expected '\\)' to close '\\(', got ','"),
        ("d(x + y)", "d takes one name, got '\\+'"),
        ("d(2)", "expected the name of a coordinate, got '2'"),
        ("d(z)", "unknown name 'z' at position 2"),
        ("diff(x)", r"diff needs the variable, as in diff\(u, x\)"),
        ("diff(x, 2)", "expected the name of a variable, got '2'"),
        ("diff(x, sin)", "unknown name 'sin'"),
        ("diff(x, x, 0)", "expected an order from 1 to 8, got '0'"),
        ("diff(x, (x, 1.5))", "expected an order from 1 to 8, got '1.5'"),
        ("diff(x, (x))", "expected ',' and an order"),
        ("1/0", "division by zero at position 2"),
        ("1/(x - x)", "division by zero"),
        ("0**-p", "division by zero"),
        ("0**-x", "not finite"),
        ("log(0)", "the value is not finite"),
        ("tan(pi/2)", "the value is not finite"),
        ("sqrt(-2)", "the value is not real"),
        ("(-8)**(1/3)", "the value is not real"),
        ("log(-2)", "the value is not real"),
        ("asin(50)", "the value is not real"),
        ("sqrt(1 - sqrt(2))", "the value is not real"),
    ],
)
def test_what_is_no_expression(text, message):
    with pytest.raises(ParseError, match=message):
        read(text)


def test_the_error_shows_where():
    with pytest.raises(ParseError) as caught:
        read("1 + sin(thet)**2")
    assert caught.value.position == 8
    assert str(caught.value).splitlines()[1:] == ["  1 + sin(thet)**2", "          ^"]
    assert isinstance(caught.value, ValueError) and isinstance(caught.value, RiemlearnError)
    assert pickle.loads(pickle.dumps(caught.value)).position == 8
    with pytest.raises(ParseError) as caught:
        read("x + " * 5000 + "\n;")
    line, caret = str(caught.value).splitlines()[1:]
    assert len(line) < 100 and line[caret.index("^")] == ";"


# -- limits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inside", "beyond", "message"),
    [
        (" " * (MAX_LENGTH - 1) + "x", " " * MAX_LENGTH + "x", f"the text has {MAX_LENGTH + 1} characters"),
        ("-" * (MAX_TOKENS - 1) + "x", "-" * MAX_TOKENS + "x", f"more than {MAX_TOKENS} numbers, names and signs"),
        ("(" * MAX_DEPTH + "x" + ")" * MAX_DEPTH, "(" * 40_000 + "x" + ")" * 40_000, "more than 20000|32 levels deep"),
        ("(" * MAX_DEPTH + "x" + ")" * MAX_DEPTH, "(" * 9000 + "x" + ")" * 9000, "more than 32 levels deep"),
        ("x**" * MAX_DEPTH + "x", "x**" * (MAX_DEPTH + 1) + "x", "more than 32 levels deep"),
        ("sin(" * 4 + "x" + ")" * 4, "sin(" * 5 + "x" + ")" * 5, "more than 4 functions stand within each other"),
        (
            "cosh(" + "+y*A(x)" * 5 + ")",
            "cosh(" + "".join(f"+{i}*y*A(x+{i})" for i in range(9)) + ")",
            "not known to be real",
        ),
        ("exp(1000*x)", "exp(1e9 - x)", "the exponent has a number beyond 1000"),
        ("exp(x)**1000", "(exp(x)**1000)**2", "the exponent has a number beyond 1000"),
        ("A(" * MAX_DEPTH + "x" + ")" * MAX_DEPTH, "A(" * 33 + "x" + ")" * 33, "more than 32 levels deep"),
        ("sqrt(1+x*" * MAX_DEPTH + "x" + ")" * MAX_DEPTH, "sqrt(1+x*" * 33 + "x" + ")" * 33, "32 levels deep"),
        ("9" * MAX_DIGITS, "9" * (MAX_DIGITS + 1), "a number may have 50 digits"),
        ("1e50", "1e51", "powers of ten up to 50"),
        ("1e-50", "1e-99999999999", "powers of ten up to 50"),
        ("x**1000", "x**1001", "the exponent has a number beyond 1000"),
        ("x**(1/1000)", "x**(1/1001)", "the exponent has a number beyond 1000"),
        ("(x**31)**32", "(x**32)**32", "the exponent has a number beyond 1000"),
        ("x**500*x**500", "x**500*x**501", "the exponent has a number beyond 1000"),
        ("2**1000", "9**9**9", "the exponent has a number beyond 1000"),
        ("2**(x + 1000)*2**-x", "2**(x + 1001)*2**-x", "the exponent has a number beyond 1000"),
        ("9**999", "9999999999**1000", "more than 1000 digits"),
        ("(2*x)**1000", "(9999999999*x)**1000", "more than 1000 digits"),
        ("*".join(["9" * 50] * 19), "*".join(["9" * 50] * 25), "more than 1000 digits"),
        ("+".join(["1/3"] * 300), "+".join(f"1/{10**49 + 2 * i + 1}" for i in range(50)), "more than 1000 digits"),
        ("exp(1000)", "exp(1001)", "the argument of exp is beyond 1000"),
        ("exp(900*log(2))", "exp(10**40*log(2))", "the argument of exp is beyond 1000"),
        ("exp(900*log(p))", "exp(1001*log(p))", "the exponent has a number beyond 1000"),
        ("exp(exp(exp(1)))", "sqrt(exp(exp(exp(exp(4)))) - 2)", "the argument of exp is beyond 1000"),
        ("2**exp(2)", "2**exp(7)", "the exponent is beyond 1000"),
        ("*".join(f"(x+{i})" for i in range(200)), "*".join(f"(x+{i})" for i in range(201)), "201 factors"),
        (
            "sin(" + "+".join(f"A({i}*x)" for i in range(80)) + ")",
            "sin(" + "+".join(f"A({i}*x)" for i in range(200)) + ")",
            "more than 500 parts",
        ),
        ("sqrt((p**25 - 5)**2)", "sqrt((p**1000 + 3*p**77 - 5)**2)", "a degree beyond 50"),
        ("(p**50 - 5)**x", "(p**51 - 5)**x", "a degree beyond 50"),
        ("sqrt(2) + pi/3", "+".join(f"sqrt({i})" for i in (2, 3, 5, 7, 11, 13, 17, 19)), "a constant of more than 20"),
        ("diff(A(x), x, 8)", "diff(A(x), x, 9)", "expected an order from 1 to 8, got '9'"),
        ("diff(A(x), x, 4, x, 4)", "diff(A(x), x, 4, x, 5)", f"up to order {MAX_ORDER}"),
        ("diff(1 + diff(A(x), x, 4), x, 4)", "diff(1 + diff(A(x), x, 4), x, 5)", f"up to order {MAX_ORDER}"),
        ("diff(A(x), x, 8)*diff(A(x), x, 8)", "diff(diff(A(x), x, 8), x)", f"up to order {MAX_ORDER}"),
        (
            "diff(sin(x), x, 8)",
            "diff(" + "sin(x+" * 4 + "x" + ")" * 4 + ", x, 8)",
            "differentiated has more than 500 parts",
        ),
    ],
    ids=lambda text: text[:12],
)
def test_limits(inside, beyond, message):
    assert isinstance(read(inside), sp.Expr)
    with pytest.raises(ParseError, match=message):
        read(beyond)


def test_a_sum_may_be_long():
    terms = {(i, j): (i * j) % 7 + 1 for i in range(20) for j in range(20)}
    text = " + ".join(f"{value}*x**{i}*y**{j}" for (i, j), value in terms.items())
    assert sp.Poly(read(text), x, y).as_dict() == terms


def test_a_nearly_full_stack_is_an_error_of_ours():
    def deep(n):
        return deep(n - 1) if n else read("((((((((x + 1)*2))))))**y)")

    for n in range(800, 990, 10):
        try:
            deep(n)
        except ParseError as error:
            assert "nested too deeply" in str(error)
        except RecursionError:
            return  # the stack was full before the reader was called
    pytest.fail("the stack was never full")


def read_or_refused(text):
    """The expression or the error; an error that SymPy or the type checker raised inside would be a fault of ours."""
    try:
        assert isinstance(read(text), sp.Expr)
    except ParseError as error:
        assert "SymPy refuses" not in str(error)


# -- hostile texts ----------------------------------------------------------------------------------------------------

HOSTILE = [
    "__import__('os').system('true')",
    "__import__",
    "x.__class__.__mro__",
    "x.subs",
    "lambda x: x",
    "lambda",
    "eval(x)",
    "exec(x)",
    "getattr(x, y)",
    "sympify(x)",
    "Symbol(x)",
    "Function(x)",
    "globals()",
    "x if y else p",
    "[x for x in y]",
    "{x: y}",
    "x[0]",
    "'x'",
    '"""x"""',
    "x # y",
    "x; y",
    "x := 1",
    "x @ y",
    "x | y",
    "x == y",
    "not x",
    "f'{x}'",
    "0x10",
    "1_000",
    "1j",
    "0b1",
    "...",
    "x\0",
    "\0",
    "x\u200b",
    "x\u202e+y",
    "ｘ",
    "１",
    "٣",
    "х",  # Cyrillic
    "ϑ",  # which Python takes for another letter in a name
    "x²",
    "x\u0301",
    "\ud800",
    "\U0001f600",
    "\\theta",
    "$x$",
    "zoo",
    "nan",
    "oo",
    "inf",
    "Matrix(x)",
    "Subs(x, x, 1)",
    "diff.__class__(x, x)",
    "A.__call__(x)",
    "a" * 90_000,
    "9" * 90_000,
    "," * 10_000,
    "(" * 10_000,
    "-" * 10_000,
    "x**" * 6000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_hostile_texts(text):
    with pytest.raises(ParseError) as caught:
        read(text)
    assert len(str(caught.value)) < 400 and str(caught.value).isprintable() is False  # it has lines
    str(caught.value).encode()


@pytest.mark.parametrize("text", [None, 3, b"x", x, ["x"]])
def test_only_text_is_read(text):
    with pytest.raises(ParseError, match="expected a text, got"):
        read(text)


TOKENS = [
    *bounded.FUNCTIONS, "diff", "Derivative", "d", "pi", "E", "x", "y", "p", "c", "A", "B", "z",
    "+", "-", "*", "/", "**", "(", ")", ",", "0", "1", "2", "7", "0.5", "1e3", "1/3", "999", "9" * 30,
]  # fmt: skip


@settings(max_examples=300)
@given(st.text(max_size=60))
@example("x" * 10 + "\ud800")
def test_any_text_is_read_or_refused(text):
    read_or_refused(text)


@settings(max_examples=300)
@given(st.lists(st.sampled_from(TOKENS), max_size=40), st.sampled_from(["", " "]))
def test_any_tokens_are_read_or_refused(tokens, between):
    read_or_refused(between.join(tokens))


LEAVES = st.sampled_from(["x", "y", "p", "c", "pi", "0", "1", "2", "3", "0.5", "7/3", "1e9", "999", "A(x)", "B(x, p)"])


def grown(inner):
    return st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "**"]), inner).map(lambda t: f"({t[0]}){t[1]}({t[2]})"),
        st.tuples(st.sampled_from([*bounded.FUNCTIONS]), inner).map(lambda t: f"{t[0]}({t[1]})"),
        st.tuples(inner, st.sampled_from("xyp"), st.integers(1, 3)).map(lambda t: f"diff({t[0]}, {t[1]}, {t[2]})"),
        inner.map(lambda t: f"-({t})"),
    )


@settings(max_examples=200)
@given(st.recursive(LEAVES, grown, max_leaves=14))
def test_any_expression_is_read_or_refused(text):
    """Texts that are grammatical get far into SymPy, and must come back with an expression or our error."""
    read_or_refused(text)


# -- round trip -------------------------------------------------------------------------------------------------------

ATOMS = [x, y, p, c, sp.Integer(2), sp.Integer(-3), sp.Rational(2, 5), sp.pi, A(x), sp.diff(B(x, y), x, x, y)]


def random_expression(choose, depth):
    if depth == 0:
        return choose.choice(ATOMS)
    a, b = random_expression(choose, depth - 1), random_expression(choose, depth - 1)
    return choose.choice(
        [
            lambda: a + b,
            lambda: a - b,
            lambda: a * b,
            lambda: a / (b**2 + p),
            lambda: a ** choose.choice([2, 3, -1]) if a != 0 else b,
            lambda: sp.sqrt(a**2 + p),
            lambda: choose.choice([sp.sin, sp.atan, sp.exp])(b),
            lambda: choose.choice([sp.cosh, sp.tanh, sp.sech])(choose.choice(ATOMS)) * a,
        ]
    )()


@settings(max_examples=150)
@given(st.integers(0, 10**9), st.integers(1, 4))
def test_what_sympy_prints_is_read_back(seed, depth):
    expression = sp.sympify(random_expression(random.Random(seed), depth))
    found = read(str(expression))
    if found != expression:  # 1/(2*(x + y)) comes back as 1/(2*x + 2*y)
        assert sp.cancel(sp.expand(found - expression)) == 0


# -- declarations -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["x", "X1", "_a", "theta_1", "φ", "Γ_ij", "a" * 100])
def test_plain_names(name):
    assert check_name(name) == name


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "'' is no plain name"),
        ("1x", "'1x' is no plain name"),
        ("x y", "is no plain name"),
        ("x\n", "is no plain name"),
        ("x'", "is no plain name"),
        ("é", "is no plain name"),
        ("ϑ", "is no plain name"),
        ("__class__", "is reserved by Python; take another name, such as 'class_'"),
        ("lambda", "is reserved by Python; take another name, such as 'lamda'"),
        ("None", "such as 'None_'"),
        ("a" * 101, "a name may have 100 characters, got 101"),
        (3, "a name must be a string, got 3"),
    ],
)
def test_names_that_are_not_plain(name, message):
    with pytest.raises(SymbolError, match=message):
        check_name(name)
    with pytest.raises(SymbolError):
        parse("1", functions=[name])
    with pytest.raises(SymbolError):
        parse("1", symbols={name: x})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(symbols="xy"), "symbols must be a list of SymPy symbols or a mapping, got 'xy'"),
        (dict(symbols=x), "symbols must be a list of SymPy symbols"),
        (dict(symbols=["x"]), r"symbols has the entry 'x' of type str; expected sympy.Symbol\('M'\)"),
        (dict(symbols=[sp.Symbol("x y")]), "'x y' is no plain name"),
        (dict(symbols=[x, sp.Symbol("x")]), "x is declared twice, with different assumptions"),
        (dict(functions="A"), "functions must be a list of names or undefined functions, got 'A'"),
        (dict(functions=A), "functions must be a list of names or undefined functions"),
        (dict(functions=[sp.sin]), "functions has the entry sin; expected a name or sympy.Function"),
        (dict(functions=[A(x)]), "functions has the entry A"),
        (dict(symbols=[x], functions=["x"]), "x is declared as a symbol and as a function"),
    ],
)
def test_bad_declarations(arguments, message):
    with pytest.raises(SymbolError, match=message):
        parse("1", **arguments)


def test_a_symbol_may_be_declared_twice_alike():
    assert parse("x", symbols=(x, x)) == x
