"""What the tests in a browser expect of a page: the one place to change when the pages call their parts otherwise."""

HOME, ARCHIVE, GALLERY, SEARCH = "index.html", "archive.html", "gallery.html", "search.html"

SKIP_LINK = "a.skip"
POST_BODY = "article.post .prose"

SEARCH_FIELD = "input#find[type=search]"
RESULTS = "ol#found a[href]"

PICTURE = "a[data-lightbox]"  # leads to the picture's file where no script runs
LIGHTBOX = "dialog#lightbox"

CITATION = "a.cite[href^='#m-']"

HOME_BYTES = 150_000  # of all that the home page loads, without pictures
HOME_REQUESTS = 8  # without pictures
WAIT = 10_000  # ms until a page must have answered; only what hangs takes so long, however busy the machine is
WCAG = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
GRAVE = {"serious", "critical"}
WIDE, NARROW, NARROWEST = (1280, 800), (390, 844), (360, 740)
