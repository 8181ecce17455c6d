"""Much work: batches in chunks of bounded memory over devices and machines, and tasks in several processes."""

from riemlearn.parallel.chunks import chunked as chunked
from riemlearn.parallel.machines import distributed as distributed
from riemlearn.parallel.processes import finished as finished
