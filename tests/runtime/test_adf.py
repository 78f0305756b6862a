"""The documents that Jira's descriptions and comments are made of."""

from cigen_runtime import adf


def test_a_document_is_built_of_blocks() -> None:
    assert adf.document(
        adf.heading("Versions", 2),
        adf.paragraph(adf.text("See "), adf.link("GitLab", "https://gitlab.example.com"), adf.code("x=1")),
        adf.bullet_list(adf.paragraph(adf.text("one")), adf.paragraph(adf.text("two"))),
        adf.code_block('{"a": 1}', "json"),
        adf.table(("Head",), (("cell",), ("",))),
    ) == {
        "type": "doc",
        "version": 1,
        "content": [
            {"type": "heading", "attrs": {"level": 2}, "content": [{"type": "text", "text": "Versions"}]},
            {
                "type": "paragraph",
                "content": [
                    {"type": "text", "text": "See "},
                    {
                        "type": "text",
                        "text": "GitLab",
                        "marks": [{"type": "link", "attrs": {"href": "https://gitlab.example.com"}}],
                    },
                    {"type": "text", "text": "x=1", "marks": [{"type": "code"}]},
                ],
            },
            {
                "type": "bulletList",
                "content": [
                    {
                        "type": "listItem",
                        "content": [{"type": "paragraph", "content": [{"type": "text", "text": "one"}]}],
                    },
                    {
                        "type": "listItem",
                        "content": [{"type": "paragraph", "content": [{"type": "text", "text": "two"}]}],
                    },
                ],
            },
            {
                "type": "codeBlock",
                "attrs": {"language": "json"},
                "content": [{"type": "text", "text": '{"a": 1}'}],
            },
            {
                "type": "table",
                "content": [
                    {
                        "type": "tableRow",
                        "content": [
                            {
                                "type": "tableHeader",
                                "content": [{"type": "paragraph", "content": [{"type": "text", "text": "Head"}]}],
                            }
                        ],
                    },
                    {
                        "type": "tableRow",
                        "content": [
                            {
                                "type": "tableCell",
                                "content": [{"type": "paragraph", "content": [{"type": "text", "text": "cell"}]}],
                            }
                        ],
                    },
                    {
                        "type": "tableRow",
                        "content": [{"type": "tableCell", "content": [{"type": "paragraph", "content": []}]}],
                    },
                ],
            },
        ],
    }


def test_characters_that_mean_something_elsewhere_stay_as_they_are() -> None:
    odd = "*bold* {code} [x|y] <b>&amp;</b> \\ \u00e4 \U0001f680 \"q\" 'q'"

    assert adf.plain(adf.document(adf.paragraph(adf.text(odd)))) == odd


def test_a_text_that_fits_exactly_is_whole() -> None:
    whole = "x" * (adf.LIMIT - len(adf.NOTE))

    assert adf.plain(adf.document(adf.paragraph(adf.text(whole)))) == whole


def test_what_is_longer_than_jira_takes_is_cut_with_a_note() -> None:
    document = adf.document(
        adf.paragraph(adf.text("a" * 30_000)),
        adf.bullet_list(adf.paragraph(adf.text("b" * 30_000)), adf.paragraph(adf.text("c"))),
        adf.paragraph(adf.text("d")),
    )

    text = adf.plain(document)
    assert (len(text), text[-len(adf.NOTE) :], set(text[: -len(adf.NOTE)])) == (adf.LIMIT, adf.NOTE, {"a", "b"})


def test_documents_differ_by_what_they_say_and_not_by_what_jira_adds() -> None:
    ours = adf.paragraph(adf.text("one"))

    assert adf.same(ours, {**ours, "attrs": {"localId": "1"}})
    assert not adf.same(ours, adf.paragraph(adf.text("two")))
