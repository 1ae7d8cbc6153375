"""Every limit of the package, named for what it limits."""

# A picture of any size is reduced until its longer side has this many pixels. No larger side is
# ever needed: a digit that fills a hundredth of it still has 10 pixels.
REDUCED_SIDE = 1024
# A picture or a file beyond these is refused. Hardly any phone's photographs have more than 64
# megapixels, which still fit into 256 MB of memory. No JPEG has a longer side.
MAX_PIXELS = 64_000_000
MAX_SIDE = 65_535
MAX_FILE_BYTES = 64_000_000
# Most pictures take 1 to 4 bytes per pixel while they are decoded, but a WebP takes 16. A page of
# A4 at 600 dpi, in colour, takes 140 MB, and a progressive JPEG of 50 megapixels 302 MB at most.
MAX_DECODING_BYTES = 320_000_000
# How many pixels are converted at once.
STRIP_PIXELS = 262_144
# A progressive JPEG has about 10 scans. Each takes time, even if it is empty. The work is 3 for
# each pixel and scan, and 200 for each byte of the file; 4 of its units take about a nanosecond.
MAX_SCANS = 100
MAX_SCAN_WORK = 7_000_000_000
# How often the parts of a file may be read in order to open it, and then to decode it: a large PNG
# is read 25,000 times. Reading is quick, but Python does it.
MAX_PIECES_TO_OPEN = 6_000
MAX_PIECES_TO_DECODE = 300_000
# What else a file may hold: chunks of a PNG that are not pixels (or comments in a PPM), the EXIF
# data of a JPEG, and the numbers in the tags of a TIFF, such as where its strips begin.
MAX_NOTES = 500
MAX_NOTED_BYTES = 16_000_000
MAX_EXIF_BYTES = 4_000_000
MAX_TAG_VALUES = 200_000
# The most values (three for a pixel in colour) where Pillow's decoder is written in Python, as for
# text and run lengths.
MAX_SLOW_VALUES = 1_000_000
# A drawing of Gradio's editor rarely has more than five layers.
MAX_LAYERS = 50

# A drawing that a page sends is refused beyond these: its longer side in pixels, and the length of
# its data URL in characters. The page's own drawings have 196×196 pixels, and a few thousand
# characters.
MAX_DRAWING_SIDE = 2048
MAX_DRAWING_CHARACTERS = 1_000_000
# A server decodes this many pictures at once; visitors who have waited this many seconds for their
# turn are asked to come again.
DECODERS = 2
TURN_SECONDS = 5.0
# What a visitor may upload to the demo or the web page. A phone's photographs have 3 to 10 MB.
MAX_UPLOAD_BYTES = 20_000_000
# A call to the demo that is no upload: a drawing, and what surrounds it.
MAX_CALL_BYTES = 2 * MAX_DRAWING_CHARACTERS
MAX_CALL_DEPTH = 32
# An id that a visitor's page chooses, and the length of an address.
MAX_ID_CHARACTERS = 128
MAX_ADDRESS_CHARACTERS = 4_000
# What all visitors of a server together may have sent without being finished, and what the demo
# keeps of finished uploads, until it deletes the oldest.
MAX_UNFINISHED_BYTES = 200_000_000
MAX_KEPT_BYTES = 300_000_000
MAX_KEPT_FILES = 1_000
# How many visitors' states the demo keeps, and how many calls wait in its queue.
MAX_SESSIONS = 200
MAX_WAITING = 100
# How many connections a server holds at most; it drops the one that has been idle for longest. A
# request must be complete after so many seconds; an idle connection is closed after so many.
MAX_CONNECTIONS = 2_000
REQUEST_SECONDS = 120.0
IDLE_SECONDS = 30
# For how many addresses a server remembers that a password was wrong.
PAUSED_ADDRESSES = 1_000

# The largest of MNIST's files has 10 MB, or 47 MB unpacked.
MAX_MNIST_DOWNLOAD_BYTES = 50_000_000
MAX_MNIST_UNPACKED_BYTES = 200_000_000
# ResNet-18's weights have 47 MB.
MAX_WEIGHTS_DOWNLOAD_BYTES = 200_000_000

# How many seconds a server may take to send its first byte, and how long it may fall silent later.
# A server that sends fewer bytes per second than the last limit is given up as well: at that speed,
# MNIST would take over half an hour.
ANSWER_SECONDS = 4.0
STALL_SECONDS = 10.0
# How long other processes remember that nobody answered, and ask nobody.
AWAY_SECONDS = 600.0
SLOWEST_BYTES_PER_SECOND = 5_000

PORTS = range(1, 65_536)
