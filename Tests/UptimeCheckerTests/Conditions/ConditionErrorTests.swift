import Basics
import Testing

@testable import UptimeChecker

@Suite struct ConditionErrorTests {
    @Test(arguments: [
        // Gatus refuses these as well.
        ("[STATUS] ? 201", 0, "as in `[STATUS] == 200`"),
        ("[STATUS]==201", 0, "with a space on both sides"),
        ("[STATUS] = = 201", 0, "is no comparison"),
        ("[STATUS] ==", 0, "is no comparison"),
        ("[STATUS]", 0, "is no comparison"),
        ("", 0, "is no comparison"),
        // Gatus accepts these, and their result is always the same.
        ("[STATUS] == 200 || 201", 19, "`201` is no comparison"),
        ("[BODY] == a || b", 15, "pat(…)"),
        ("[STATUS] == 200 || ", 19, "is no comparison"),
        ("[STAUS] == 200", 0, "the placeholders are [STATUS], [RESPONSE_TIME]"),
        ("[STATUS].code == 200", 0, "plain text"),
        ("STATUS == 200", 0, "plain text"),
        ("200 != body", 0, "plain text"),
        ("([STATUS] == 200)", 0, "plain text"),
        ("5 == pat([BODY])", 0, "plain text"),
        ("[STATUS] == 200 && [HEADER].X == 1", 19, "[HEADERS].Name"),
        ("[CONTEXT] == 1", 0, "in capitals and a name"),
        ("[context].id == 1", 0, "in capitals and a name"),
        ("has([CONTEXT].) == 1", 4, "in capitals and a name"),
        ("len([BODY].a == 1", 12, "lacks the parenthesis"),
        ("[STATUS] == any(200, 201", 24, "lacks the parenthesis"),
        ("[STATUS] == len(x)", 16, "takes a placeholder"),
        ("has() == false", 4, "takes a placeholder"),
        ("has([UNKNOWN]) == false", 4, "takes a placeholder"),
        ("[BODY] == pat([a)", 14, "not complete"),
        ("[BODY] == pat(é[])", 15, "not complete"),
        ("[BODY] == pat(a[b-])", 15, "not complete"),
        (#"[BODY] == pat(a\)"#, 15, "nothing follows"),
        ("[BODY]. == 1", 7, "a name or `*`"),
        ("[BODY].a[wat] == 1", 9, "an index"),
        ("é == [BODY].a[?@.b = 1].c", 19, "expected"),
        // Additions to Gatus.
        ("[HEADERS]. == 1", 10, "a name is missing"),
        ("[BODY] == regex(a(b)", 19, "no regular expression"),
        ("[BODY] == regex(a[)", 18, "no regular expression"),
        ("[STATUS] > regex(5)", 0, "goes with == and !="),
    ])
    func refused(_ text: String, _ offset: Int, _ words: String) {
        let error = #expect(throws: ConditionError.self) { try Condition(text) }
        #expect(error?.offset == offset, "\(String(describing: error))")
        #expect(error?.message.contains(words) == true, "\(String(describing: error))")
        #expect(error?.description.hasSuffix("(at character \(offset + 1))") == true)
    }

    /// Texts that look like mistakes and are none, because text may have any form.
    @Test(arguments: [
        "[BODY] == [STAUS]", "[BODY].tags == [a b]", "[BODY] == :(", "[BODY] == it's", "[BODY] == STATUS", "a == b",
        "[BODY] == [", "[STATUS] == 200 == 404", "[BODY] == ||", "[BODY] == a||b", "[BODY].@type == x",
        "[BODY].a-b.c d == 1", #"[BODY] == pat(*\[error\]*)"#, "len( [BODY].a ) == 1", "[BODY] == 100%",
    ])
    func accepted(_ text: String) throws {
        #expect(try Condition(text).text == text)
    }
}
