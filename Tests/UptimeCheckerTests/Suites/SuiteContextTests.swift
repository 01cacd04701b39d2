import JSON
import Testing

@testable import UptimeChecker

/// The values that steps share; the rows of paths are those that Gatus 5.36 was tested with.
@Suite struct SuiteContextTests {
    private static let context = SuiteContext([
        "simple": "value", "number": 42, "boolean": true, "nested": ["level1": ["level2": "deep_value"]],
        "user": ["id": 123, "name": "John", "profile": ["email": "john@example.com"]],
    ])

    @Test(arguments: [
        ("simple", "value"), ("number", "42"), ("boolean", "true"), ("nested.level1.level2", "deep_value"),
        ("user.id", "123"), ("user.profile.email", "john@example.com"), ("nonexistent", nil),
        ("user.nonexistent", nil), ("simple.invalid", nil), ("", nil), ("user.", nil), (".user", nil),
    ])
    func values(path: String, text: String?) {
        #expect(Self.context.value(at: path)?.contextText == text)
    }

    @Test(arguments: ["key", "user.name", "user.profile.email", "existing.new", "a.b.c.d"])
    func whatIsSetIsThere(path: String) {
        var context = SuiteContext(["existing": "primitive", "user": ["id": 1]])
        context.set("new", at: path, isSecret: false)
        #expect(context.value(at: path) == "new")
        #expect(context.value(at: "user.id") == 1, "what is beside it stays")
    }

    /// The forms of Go's `%v`.
    private static let forms: [(JSONValue, String, Int)] = [
        ("a b", "a b", 3), (19.99, "19.99", 5), (1_000_000.0, "1e+06", 5), (-7, "-7", 2), (true, "true", 4),
        (nil, "<nil>", 5), ([1, "b", [true]], "[1 b [true]]", 3),
        (["b": 1, "a": ["c": "d"]], "map[a:map[c:d] b:1]", 2), ("ü", "ü", 2),
    ]

    @Test(arguments: forms)
    func textsAndLengths(value: JSONValue, text: String, length: Int) {
        #expect(value.contextText == text)
        #expect(value.contextLength == length)
    }

    private static let texts: [(String, [String], String?)] = [
        ("https://x/[CONTEXT].id", ["id"], "https://x/<id>"), ("[CONTEXT].a-[CONTEXT].b", ["a-", "b"], "<a-><b>"),
        ("[CONTEXT].user.id/x", ["user.id"], "<user.id>/x"), ("[CONTEXT]. [CONTEXT] [CONTEXTx].a", [], nil),
        ("[context].a", [], nil), ("", [], nil), ("[[CONTEXT].a]", ["a"], "[<a>]"),
        (#"{"a": "[CONTEXT].a_1", "b": [CONTEXT].a_1}"#, ["a_1"], #"{"a": "<a_1>", "b": <a_1>}"#),
        ("ü[CONTEXT].aü", ["a"], "ü<a>ü"), ("[CONTEXT].a[CONTEXT].b", ["a", "b"], "<a><b>"),
    ]

    @Test(arguments: texts)
    func placesInTexts(text: String, paths: [String], filled: String?) {
        #expect(ContextText(text).paths == paths)
        #expect(ContextText(text).filled { "<\($0)>" } == filled ?? text)
        #expect(ContextText(text).filled { _ in nil } == text, "what is missing stays")
    }

    @Test(
        "values are secrets when their names say so",
        arguments: [
            ("token", true), ("authToken", true), ("session-id", true), ("sessionId", true), ("apiKey", true),
            ("user.password", true), ("jwt", true), ("item_id", false), ("price", false), ("keyboard", false),
            ("monkey", false), ("author", false), ("status", false),
        ])
    func secretNames(name: String, isSecret: Bool) {
        #expect(SuiteContext.isSecret(name: name) == isSecret)
    }

    @Test func secretsOfTheContextAreKnown() {
        var context = SuiteContext(["login": ["user": "u", "password": "first"], "apiKey": 77, "price": "19.99"])
        #expect(context.secrets == ["first", "77"])
        context.set("second", at: "login.password", isSecret: true)
        context.set("free", at: "other", isSecret: false)
        context.set(#"{"access_token": "third", "kind": "x"}"#, at: "answer", isSecret: false)
        #expect(context.secrets == ["first", "77", "second", "third"], "the old one, too: a server may still know it")
    }
}
