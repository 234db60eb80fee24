import json
import os
import stat
import xml.etree.ElementTree as ET
from pathlib import PurePosixPath
from posixpath import normpath
from urllib.parse import unquote, urlsplit

import pytest

from egregora.core.errors import PipelineError, SchemaError
from egregora.core.fingerprint import bytes_digest
from tests.conftest import OpenGate

PICTURE = "media/" + "a" * 32 + ".png"
OUTSIDE = ("http://", "https://", "mailto:")


def test_a_second_build_writes_nothing(house):
    first = house.build()
    before = {path: (house.folder / path).stat().st_mtime_ns for path in house.files()}
    assert house.build() == first
    assert {path: (house.folder / path).stat().st_mtime_ns for path in house.files()} == before


def test_the_same_rows_give_the_same_bytes_in_whatever_order(house, other_house):
    for rows in (other_house.posts, other_house.people, other_house.media, other_house.messages):
        rows.reverse()
    assert house.build() == other_house.build()
    assert house.files() == other_house.files()


def test_the_rows_describe_the_files(house):
    rows = {row["path"]: (row["content_hash"], row["size_bytes"]) for row in house.build()}
    files = {path: (bytes_digest(data), len(data)) for path, data in house.files().items()}
    assert files.keys() - rows.keys() == {"site/.egregora-files"}
    assert rows.items() <= files.items()
    assert list(rows) == sorted(rows)


def test_a_vanished_post_is_removed_and_a_file_of_the_user_is_kept(house):
    house.build()
    house.posts = []
    (house.folder / "site/CNAME").write_text("example.org")
    (house.folder / "site/tags/mine.html").write_text("mine")
    house.build()
    paths = house.files().keys()
    assert not [path for path in paths if "/posts/" in path or path.startswith("site/tags/plans")]
    assert {"site/CNAME", "site/tags/mine.html"} <= paths
    assert not (house.folder / "site/posts").exists()


def test_one_changed_post_rewrites_its_own_pages_only(house, make):
    house.posts += [make.post(number) for number in range(3, 8)]
    house.build()
    before = house.files()
    house.posts[-1] |= {"body": "Something happened after all."}
    house.build()
    after = house.files()
    assert {path for path in after if after[path] != before.get(path)} == {
        "site/posts/week-7.html",
        "content/posts/2025-03-02-week-7.md",
        "site/search/2025-1.js",
    }


def test_a_build_that_was_cut_off_leaves_nothing_behind(house, other_house, make):
    house.posts.append(make.post(9))
    in_the_way = house.folder / "site/tags.html"
    in_the_way.mkdir(parents=True)
    with pytest.raises(PipelineError, match=r"(?s)could not be written.*tags\.html"):
        house.build()
    assert "site/posts/week-9.html" in house.files()
    in_the_way.rmdir()
    (house.folder / "site/posts/.egregora-part").write_text("half a pa")
    house.posts.pop()
    house.build()
    other_house.build()
    assert house.files() == other_house.files()


def test_a_media_file_that_is_gone_is_named(house, make):
    house.media.append(make.picture("media/missing.png", message_id="id3"))
    with pytest.raises(PipelineError, match=r"(?s)could not be written.*missing\.png"):
        house.build()


def test_a_file_someone_changed_is_put_right(house):
    house.build()
    before = house.files()
    (house.folder / "site/index.html").write_text("mine now")
    (house.folder / "content/index.md").unlink()
    house.build()
    assert house.files() == before


def test_readers_may_read_whatever_the_umask(house):
    old = os.umask(0o077)
    try:
        house.build()
    finally:
        os.umask(old)
    modes = {
        (path.is_dir(), stat.S_IMODE(path.stat().st_mode))
        for tree in ("site", "content")
        for path in [house.folder / tree, *(house.folder / tree).rglob("*")]
    }
    assert modes == {(True, 0o755), (False, 0o644)}


def test_a_folder_that_was_private_is_opened(house):
    for name in ("site", "content"):
        (house.folder / name).mkdir()
        (house.folder / name).chmod(0o700)
    house.build()
    assert [stat.S_IMODE((house.folder / name).stat().st_mode) for name in ("site", "content")] == [0o755, 0o755]


def test_media_of_messages_that_are_not_written_about_are_not_published(house, make):
    hidden = "media/" + "b" * 32 + ".png"
    (house.folder / hidden).write_bytes(b"\x89PNG of another year")
    house.media += [make.picture(hidden, message_id="id99"), make.picture(hidden, chat_id="another")]
    house.build()
    paths = house.files()
    assert {f"site/{PICTURE}", f"content/{PICTURE}"} <= paths.keys()
    assert not [path for path in paths if hidden in path]
    assert hidden not in house.read("site/gallery.html")


def test_the_map_of_a_place_is_text_and_no_link(house, elements):
    place = "https://maps.google.com/?q=-22.97,-43.18"
    house.posts[0]["body"] = f"{place} [there]({place}) <{place}> [¶](#m-id1)"
    house.build()
    assert not [path for path, data in house.files().items() if place.encode() in data]
    assert "[withheld]" in house.read("site/posts/week-1.html")
    assert {row.kind for row in house.gate.withheld} == {"location"}
    house.messages[0]["message"] = f"here: {place}"
    house.gate = OpenGate()
    house.build()
    page = elements(house.read("site/posts/week-1.html"))
    assert page.text.count(place) == 3
    assert not [attrs for _, attrs in page.found if "maps" in attrs.get("href", "")]
    assert f"]({place})" not in house.read("content/posts/2025-01-19-week-1.md")


def test_every_link_leads_somewhere(house, elements):
    house.build()
    files = house.files()
    pages = {path: elements(data.decode()) for path, data in files.items() if path.endswith(".html")}
    ids = {path: {attrs["id"] for _, attrs in page.found if "id" in attrs} for path, page in pages.items()}
    followed = 0
    for path, page in pages.items():
        assert len(ids[path]) == sum("id" in attrs for _, attrs in page.found)
        for _, attrs in page.found:
            for target in (attrs.get("href"), attrs.get("src")):
                if target and not target.startswith(OUTSIDE):
                    parts = urlsplit(target)
                    found = normpath(PurePosixPath(path).parent / unquote(parts.path)) if parts.path else path
                    assert found in files, (path, target)
                    assert not parts.fragment or unquote(parts.fragment) in ids[found], (path, target)
                    followed += 1
    assert followed > 100


def test_a_citation_opens_its_message_and_only_cited_messages_are_there(house):
    house.build()
    page = house.read("site/posts/week-1.html")
    assert '<a href="#m-id1" class="cite" title="See the message">¶</a>' in page
    assert page.index('<details class="cited">') < page.index('<li id="m-id1">') < page.index("</details>")
    assert "never cited" not in "".join(map(str, house.files().values()))


def test_times_are_those_of_the_zone(house):
    house.build()
    assert "7 January 2025, 08:31" in house.read("site/posts/week-1.html")  # 23:31 UTC of the day before


def test_the_pages_ask_no_other_host_for_anything(house, elements):
    house.build()
    for path, data in house.files().items():
        if path.endswith(".html"):
            for tag, attrs in elements(data.decode()).found:
                assert not attrs.get("src", "").startswith(("http", "//")), path
                if tag == "a" and attrs.get("href", "").startswith(OUTSIDE):
                    assert attrs["rel"] == "noopener noreferrer nofollow"
                    assert attrs["referrerpolicy"] == "no-referrer"
                if tag == "meta" and attrs.get("http-equiv"):
                    assert attrs["content"].startswith("default-src 'none'; img-src 'self';")
        if path.endswith(".css"):
            assert b"url(" not in data
            assert b"@import" not in data


def test_an_empty_chat_has_an_honest_home(house):
    house.posts, house.people, house.media, house.messages = [], [], [], []
    house.build()
    assert "No posts yet" in house.read("site/index.html")
    assert house.read("content/index.md") == '---\ntitle: "The Letters"\n---\n\n## Posts\n\nNo posts yet\n'


@pytest.mark.parametrize(
    "slug", ["../x", "a/b", "", ".", "..", "/etc/x", "a\\b", "a\0b", "a" * 200, "a b", "a\nb", None]
)
def test_a_slug_that_is_not_a_name_is_refused(house, slug):
    house.posts[0]["slug"] = slug
    with pytest.raises(SchemaError, match="would be published as"):
        house.build()
    assert house.files() == {}


@pytest.mark.parametrize("path", ["media/../../x.jpg", "../x.jpg", "/etc/passwd", "media/a/b.jpg", "media/..", "x.jpg"])
def test_a_media_path_that_leads_elsewhere_is_refused(house, path):
    house.media[0]["site_relative_path"] = path
    with pytest.raises(SchemaError, match="would be published as"):
        house.build()
    assert house.files() == {}


def test_a_pseudonym_that_is_not_a_name_is_refused(house):
    house.people[0]["author"] = "../../x"
    with pytest.raises(SchemaError, match="would be published as"):
        house.build()


def test_a_folder_that_is_a_link_to_elsewhere_is_refused(house, tmp_path):
    (house.folder / "site").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (house.folder / "site/posts").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SchemaError, match="outside"):
        house.build()
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_recorded_path_that_leads_elsewhere_is_not_followed(house, tmp_path):
    mine = tmp_path / "mine.txt"
    mine.write_text("mine")
    house.build()
    nothing = {"content_hash": "", "size_bytes": 0, "made_from": "", "post_id": ""}
    house.recorded.append({"path": "site/../../mine.txt", **nothing})
    (house.folder / "site/.egregora-files").write_text("site/../../mine.txt\ncontent//x\n/etc/hosts\n")
    house.build()
    assert mine.read_text() == "mine"


@pytest.mark.parametrize("ending", ["html", "svg", "js", "xhtml", "vcf"])
def test_a_file_that_a_browser_would_run_is_not_published(house, ending):
    path = f"media/evil.{ending}"
    (house.folder / path).write_text("<script>alert(1)</script>")
    house.media[0]["site_relative_path"] = path
    house.posts[0]["body"] = f"![x]({path}) [y]({path})"
    house.build()
    assert not [name for name in house.files() if "evil" in name]
    assert path not in house.read("site/posts/week-1.html")


def test_two_posts_of_one_slug_have_a_page_each(house):
    house.posts[1]["slug"] = "Week-1"
    house.build()
    assert len([path for path in house.files() if path.startswith("site/posts/")]) == 2
    assert {"site/posts/week-1.html", "site/posts/Week-1-2.html"} <= house.files().keys()


def test_times_in_a_body_are_told_like_all_others(house):
    house.posts[0]["body"] = "*2025-01-06T09:00/2025-01-06T12:15 · 4 messages*\n\n- 2024-12-24: a tree"
    house.posts[1]["body"] = "*2025-01-06T09:00/2025-01-07T01:15 · 4 messages*"
    house.build()
    page = house.read("site/posts/week-1.html")
    assert "<em>6 January 2025, 09:00\u201312:15 · 4 messages</em>" in page
    assert "<li>24 December 2024: a tree</li>" in page
    assert "<em>6 January 2025, 09:00 \u2013 7 January 2025, 01:15 · " in house.read("site/posts/week-2.html")


def test_a_picture_leads_to_the_post_of_its_window(house):
    house.build()
    shown = f'<a href="{PICTURE}" data-lightbox="" aria-label="Enlarge the picture: Hills"><img'
    assert shown in house.read("site/gallery.html")
    assert '<a href="posts/week-1.html"><time' in house.read("site/gallery.html")
    for post in house.posts:
        post["window"] = "2025-W03"
    house.build()
    assert shown in house.read("site/gallery.html")
    assert "posts/week-1.html" not in house.read("site/gallery.html")


def test_only_pictures_count_as_pictures(house, make):
    (house.folder / "media/talk.ogg").write_bytes(b"OggS")
    house.media.append(make.picture("media/talk.ogg", media_id="b", media_type="audio"))
    house.build()
    assert "<dt>picture</dt><dd>1</dd>" in house.read("site/index.html")


def test_the_feed_is_well_formed_and_named_by_post(house):
    house.build()
    feed = ET.fromstring(house.read("site/feed.xml"))
    name = "{http://www.w3.org/2005/Atom}"
    assert [entry.findtext(f"{name}id") for entry in feed.iter(f"{name}entry")] == [
        "urn:egregora:post:post-2",
        "urn:egregora:post:post-1",
    ]
    assert feed.findtext(f"{name}updated") == "2025-01-12T23:30:00Z"


def test_the_words_are_those_of_the_language(house):
    house.language = "pt-BR"
    house.build()
    page = house.read("site/posts/week-1.html")
    assert '<html lang="pt-BR" dir="ltr"' in page
    assert "Mensagens citadas" in page
    assert "7 de janeiro de 2025" in page


def test_pages_speak_the_language_of_the_chat(house, make):
    house.language = "auto"
    house.build()
    assert '<html lang="en" dir="ltr"' in house.read("site/index.html")  # three messages tell nothing
    texts = ["alguém vai na feira hoje?", "eu vou, mas só mais tarde", "tá bom, te espero lá na entrada"]
    house.messages += [make.message(10 + number, text) for number, text in enumerate(texts)]
    house.messages.append(make.message(20, "what the system says is not what the people of the chat say", author=None))
    house.build()
    assert '<html lang="pt" dir="ltr"' in house.read("site/index.html")


def test_a_profile_shows_what_its_person_wants_and_nothing_of_it_is_live(house, make, elements):
    wanted = {"alias": "<b>Cap</b>", "bio": "I <script>x()</script> [person:0011aabb]", "twitter": "wren_9"}
    house.people[0] |= {**wanted, "website": "https://example.org/a?b=1&c=2"}
    house.people[1] |= {"alias": None, "website": "javascript:alert(1)", "twitter": "x onclick=y"}
    house.build()
    page = elements(house.read("site/people/ab12cd34.html"))
    links = {attributes.get("href") for tag, attributes in page.found if tag == "a"}
    assert {"https://x.com/wren_9", "https://example.org/a?b=1&c=2", "../people/0011aabb.html"} <= links
    assert "<b>Cap</b>" in page.text
    assert "I <script>x()</script> Quiet Maple" in page.text
    assert "b" not in [tag for tag, _ in page.found]
    other = elements(house.read("site/people/0011aabb.html"))
    assert "javascript:alert(1)" in other.text
    assert not [
        attributes for _, attributes in other.found if "javascript" in str(attributes) or "onclick" in attributes
    ]
    portable = house.read("content/profiles/ab12cd34.md")
    assert "<" not in portable.partition("---\n\n")[2].replace("&#60;", "")
    assert "Amber Heron" not in portable


def test_a_post_with_another_slug_leaves_a_page_that_leads_to_it(house, elements):
    house.build()
    for slug in ("first", "second"):
        house.posts[0]["slug"] = slug
        house.build()
    for old in ("week-1", "first"):
        page = elements(house.read(f"site/posts/{old}.html"))
        (refresh,) = [attrs for tag, attrs in page.found if tag == "meta" and attrs.get("http-equiv") == "refresh"]
        assert refresh["content"] == "0; url=../posts/second.html"
        assert ("a", {"href": "../posts/second.html"}) in page.found
    house.posts[0]["slug"] = "first"
    house.build()
    assert "refresh" not in house.read("site/posts/first.html")
    assert 'url=../posts/first.html"' in house.read("site/posts/second.html")
    house.posts.pop(0)
    house.build()
    assert not [path for path in house.files() if path.startswith("site/posts/") and "week-2" not in path]


def test_a_page_made_from_the_same_is_not_made_again(house, make):
    house.posts += [make.post(number, tags=[f"tag {number}"]) for number in range(3, 8)]
    house.build()
    post = house.folder / "site/posts/week-5.html"
    before = post.read_bytes()
    row = next(row for row in house.recorded if row["path"] == "site/posts/week-5.html")
    post.write_bytes(b"x")
    house.build()
    assert post.read_bytes() == before  # what somebody changed is put right
    post.write_bytes(b"known")
    row = next(row for row in house.recorded if row["path"] == "site/posts/week-5.html")
    row |= {"content_hash": bytes_digest(b"known"), "size_bytes": 5}
    house.build()
    assert post.read_bytes() == b"known"  # taken for what was made
    house.posts[4]["summary"] = "Another one."
    house.build()
    assert b"Another one." in post.read_bytes()


def test_a_picture_is_copied_again_when_it_was_touched(house):
    house.build()
    copy = house.folder / "site" / PICTURE
    assert copy.stat().st_mtime_ns == (house.folder / PICTURE).stat().st_mtime_ns
    before = copy.read_bytes()
    copy.write_bytes(before[::-1])
    house.build()
    assert copy.read_bytes() == before


def test_a_template_of_the_project_comes_before_ours(house):
    own = house.folder / "templates"
    own.mkdir()
    (own / "404.html").write_text("{% extends 'base.html' %}{% block main %}<p>Gone fishing</p>{% endblock %}")
    (own / "style.css").write_text("body { color: red }\n")
    (own / "CNAME").write_text("blog.example.org\n")
    house.build()
    assert "Gone fishing" in house.read("site/404.html")
    assert house.read("site/style.css") == "body { color: red }\n"
    assert house.read("site/CNAME") == "blog.example.org\n"
    assert "<title>Week 1" in house.read("site/posts/week-1.html")
    (own / "post.html").write_text("{% if %}")
    with pytest.raises(PipelineError, match=r"(?s)could not be made.*post\.html, line 1"):
        house.build()


def test_previews_need_an_address(house, elements):
    house.build()
    assert not [path for path in house.files() if path.startswith(("site/cards", "site/sitemap"))]
    house.site_url = "https://example.org/blog"
    house.posts[1]["title"] = "\u6f22\u5b57"
    house.build()
    assert house.files()["site/cards/week-1.png"].startswith(b"\x89PNG")
    assert "site/cards/week-2.png" not in house.files()  # our type has no such characters
    metas = [attrs for tag, attrs in elements(house.read("site/posts/week-1.html")).found if tag == "meta"]
    told = {attrs["property"]: attrs["content"] for attrs in metas if "property" in attrs}
    assert told["og:image"] == "https://example.org/blog/cards/week-1.png"
    assert told["og:url"] == "https://example.org/blog/posts/week-1.html"
    places = ET.fromstring(house.read("site/sitemap.xml"))
    assert "https://example.org/blog/posts/week-2.html" in [place.text for place in places.iter()]


def test_a_new_post_leaves_old_pages_as_they_are(house, make):
    house.posts = [make.post(number, tags=["plans", f"t{number % 3}"]) for number in range(1, 9)]
    house.build()
    before = house.files()
    house.posts.append(make.post(9, tags=["plans", "t0"]))
    house.build()
    after = house.files()
    changed = {path for path in after if after[path] != before.get(path) and "/posts/" in path}
    assert {path for path in changed if path.startswith("site")} == {"site/posts/week-8.html", "site/posts/week-9.html"}
    assert house.read("site/posts/week-9.html").count('class="card"') == 3


def test_pages_of_tags_in_other_scripts_have_names_without_digits(house):
    house.posts[0]["tags"] = [f"\u6f22\u5b57 {chr(0x6F22 + number)}" for number in range(300)]
    house.build()
    names = [path.rpartition("/")[2] for path in house.files() if path.startswith("site/tags/")]
    assert len(names) > 300
    assert not [name for name in names if any(char.isdigit() for char in name)]


def test_the_search_knows_the_words_of_a_post_and_no_marks(house):
    house.build()
    lines = [line.rstrip(",") for line in house.read("site/search/2025-1.js").splitlines() if line.startswith("[")]
    (row,) = [json.loads(line) for line in lines if "week-1" in line]
    path, title, day, words = row
    assert (path, title, day) == ("posts/week-1.html", "Week 1", "19 January 2025")
    assert "hello" in words
    assert not set("[]¶#>") & set(words)


def test_a_page_is_made_again_when_a_file_that_it_links_to_is_gone(house):
    house.posts[0] |= {"body": f"[the picture]({PICTURE})", "cited_message_ids": ["id1"]}
    house.posts[1] |= {"cited_message_ids": ["id1"]}  # nor does what is beside it change
    house.build()
    assert f'href="../{PICTURE}"' in house.read("site/posts/week-1.html").partition('class="cited"')[0]
    house.media, house.messages[1]["site_relative_path"] = [], None
    house.build()
    assert PICTURE not in house.read("site/posts/week-1.html")
