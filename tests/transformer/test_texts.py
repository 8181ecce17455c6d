import pytest

from riemlearn.errors import TextError
from riemlearn.transformer import content_token, read_sentences


def test_the_bundled_sentences():
    sentences = read_sentences()
    assert len(sentences) == len(set(sentences)) == 8
    assert all(8 <= len(sentence.split()) <= 14 for sentence in sentences)


def test_reading_a_file(tmp_path):
    path = tmp_path / "text.txt"
    path.write_bytes("\ufeffA dog.\r\n\r\n  Das Café.  \n".encode())
    assert read_sentences(path) == ["A dog.", "Das Café."]


def test_files_that_cannot_be_used(tmp_path):
    with pytest.raises(TextError, match=r"none.txt cannot be read: No such file"):
        read_sentences(tmp_path / "none.txt")
    with pytest.raises(TextError, match="cannot be read"):
        read_sentences(tmp_path)
    path = tmp_path / "text.txt"
    path.write_text(" \n\n")
    with pytest.raises(TextError, match=r"text.txt has no sentence"):
        read_sentences(path)
    path.write_bytes(b"caf\xe9 au lait")
    with pytest.raises(TextError, match="is not UTF-8 text: byte 3 is 0xe9"):
        read_sentences(path)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("the old dog chased a cat.", "chased"),
        ("is the dog not a cat", "dog"),  # the first of equals
        ("a dog runing", "dog"),  # a word in pieces is none
        ("the is not", "the"),  # stop words only
        (". 7", "."),  # no words at all
    ],
)
def test_the_content_word(tiny, text, word):
    tokens = tiny.encode(text)
    assert tokens.names[content_token(tokens)] == word
