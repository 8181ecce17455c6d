"""2-jets of maps: value, first and second derivatives, carried together."""

from riemlearn.jets.jet import Jet1 as Jet1
from riemlearn.jets.jet import Jet2 as Jet2
from riemlearn.jets.jet import jet1 as jet1
from riemlearn.jets.jet import jet2 as jet2
from riemlearn.jets.jet import unpack as unpack
from riemlearn.jets.locate import locate as locate
from riemlearn.jets.second import AllPairs as AllPairs
from riemlearn.jets.second import Along as Along
from riemlearn.jets.second import At as At
from riemlearn.jets.second import SecondOrder as SecondOrder
from riemlearn.jets.second import Trace as Trace
