import numpy as np
import pytest

from riemlearn.errors import TextError


def test_encoding_counts_special_tokens_and_ignores_truncation(tiny):
    tokens = tiny.encode("The dog chased a cat.")
    assert tokens.names == ("[CLS]", "the", "dog", "chased", "a", "cat", ".", "[SEP]")
    assert tokens.special == (True, *[False] * 6, True)
    assert tokens.spans[2] == (4, 7)
    assert len(tokens) == 8


@pytest.mark.parametrize(
    ("token", "span"),
    [
        (2, (2, 3)),
        (-1, (10, 11)),
        ("dog", (2, 3)),
        ("DOG", (2, 3)),
        ("cat's", (5, 8)),
        ("not cat", (4, 6)),
        ("[CLS]", (0, 1)),
        (".", (9, 10)),
    ],
)
def test_find(tiny, token, span):
    assert tiny.encode("The dog is not cat's old.").find(token) == span


def test_a_word_in_pieces_gives_their_range(tiny):
    tokens = tiny.encode("a dog runing")
    assert tokens.names[3:5] == ("run", "##ing")
    assert tokens.find("runing") == (3, 5)
    assert tokens.find("##ing") == (4, 5)


def test_a_part_of_a_word_is_not_the_word(tiny):
    with pytest.raises(TextError, match=r"'do' is not in 'a dog'; the tokens are 0:\[CLS\] 1:a 2:dog"):
        tiny.encode("a dog").find("do")


def test_a_word_that_stands_twice(tiny):
    tokens = tiny.encode("the dog is the king")
    with pytest.raises(TextError, match=r"'the' stands at the tokens 1, 4 of .*; give one index"):
        tokens.find("the")
    assert tokens.occurrences("the") == [(1, 2), (4, 5)]


@pytest.mark.parametrize("index", [4, -5])
def test_an_index_that_is_not_there(tiny, index):
    with pytest.raises(TextError, match=rf"token = {index} is not in 0\.\.3"):
        tiny.encode("a dog").find(index)


@pytest.mark.parametrize("word", ["zebra", "", "  ", "."])
def test_a_word_that_is_not_there(tiny, word):
    with pytest.raises(TextError, match="is not in 'a dog'"):
        tiny.encode("a dog").find(word)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the text is empty"),
        (" \n\t", "the text is empty"),
        ("\u200b", "finds no token"),
        ("a dog ☃ and ☂", "does not know the characters '☂', '☃' of 'a dog ☃ and ☂'"),
        ("a catdog", "does not know the words catdog"),
        ("a " * 15, "has 17 tokens, but the model has 16 positions"),
    ],
)
def test_texts_that_cannot_be_represented(tiny, text, message):
    with pytest.raises(TextError, match=message):
        tiny.encode(text)


def test_accents_are_known_by_the_letter_below(tiny):
    tokens = tiny.encode("a dóg")
    assert tokens.names[2] == "dog"
    assert tokens.find("dóg") == tokens.find("dog") == (2, 3)


def test_ordinary_tokens_leave_out_special_and_unused(tiny):
    ids = tiny.tokenizer.ordinary_ids()
    assert ids[0] == 5
    assert len(ids) == tiny.tokenizer.size - 5
    assert np.all(np.diff(ids) > 0)


def test_a_word_of_the_vocabulary(tiny):
    assert tiny.tokenizer.token_id("dog") == tiny.encode("dog").ids[1]
    with pytest.raises(TextError, match="'runing' is not one token of the vocabulary; it is cut into"):
        tiny.tokenizer.token_id("runing")
    with pytest.raises(TextError, match="'☃' is not one token"):
        tiny.tokenizer.token_id("☃")
