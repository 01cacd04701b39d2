import Basics
import JSON
import Testing
import TestSupport

@Suite("JSONValue and JSONObject")
struct JSONValueTests {
    @Test func literalsAndAccess() throws {
        let value: JSONValue = [
            "none": nil, "yes": true, "int": 1, "double": 1.5, "text": "a\(1)", "list": [1, "b"], "empty": [:],
        ]
        #expect(value["none"]?.isNull == true)
        #expect(value["yes"]?.boolValue == true)
        #expect(value["int"] == .integer(1))
        #expect(value["double"] == .double(1.5))
        #expect(value["text"]?.stringValue == "a1")
        #expect(value["list"]?[1]?.stringValue == "b")
        #expect(value["list"]?.arrayValue?.count == 2)
        #expect(value["empty"]?.objectValue?.isEmpty == true)
        #expect(value["absent"] == nil)
        #expect(value["list"]?[2] == nil)
        #expect(value["list"]?[-1] == nil)
        #expect(value["list"]?["text"] == nil)
        #expect(value[0] == nil)
        #expect(value["text"]?.boolValue == nil)
        #expect(try JSONValue(parsing: value.description) == value)
    }

    @Test(arguments: [
        (#"{"a":1,"b":2,"a":3}"#, #"{"a":3,"b":2}"#), (#"{"":1,"\u0061":2,"a":3}"#, #"{"":1,"a":3}"#),
        ("{\"\u{E9}\":1,\"e\u{301}\":2}", "{\"\u{E9}\":1,\"e\u{301}\":2}"),
    ])
    func duplicateKeys(_ text: String, _ result: String) throws {
        #expect(Array(try JSONValue(parsing: text).serialized()) == Array(result.utf8))
    }

    /// The same operations on an object and on a list of pairs, with and without a hash table.
    @Test(arguments: [3, 16, 17, 18, 1_000])
    func objectAgainstList(size: Int) {
        var random = SeededRandom(UInt64(size))
        var object = JSONObject()
        var list: [(key: String, value: JSONValue)] = []
        for step in 0..<4 * size {
            let key = "key\(Int.random(in: 0..<size, using: &random))"
            let place = list.firstIndex { $0.key == key }
            #expect(object[key] == place.map { list[$0].value })
            if step % 5 == 4 {
                object[key] = nil
                if let place { list.remove(at: place) }
            } else {
                object[key] = JSONValue(step)
                if let place { list[place].value = JSONValue(step) } else { list.append((key, JSONValue(step))) }
            }
        }
        #expect(object.keys == list.map(\.key))
        #expect(object.values == list.map(\.value))
        #expect(object == JSONObject(list.reversed().map { ($0.key, $0.value) }))
        #expect(object.hashValue == JSONObject(list.reversed().map { ($0.key, $0.value) }).hashValue)
        object.removeValue(forKey: list[0].key)
        #expect(object.count == list.count - 1)
        #expect(object[list[0].key] == nil)
    }

    @Test func bigObject() throws {
        let text = "{" + (0..<100_000).map { "\"k\($0)\":\($0)" }.joined(separator: ",") + "}"
        let object = try #require(JSONValue(parsing: text).objectValue)
        #expect(object.count == 100_000)
        #expect((0..<100_000).allSatisfy { object["k\($0)"] == JSONValue($0) })
        #expect(try JSONDecoder().decode([String: Int].self, from: text).count == 100_000)
    }

    @Test func equality() {
        #expect(["a": 1, "b": 2] as JSONValue == ["b": 2, "a": 1])
        #expect(["a": 1, "b": 2] as JSONValue != ["a": 1, "c": 2])
        #expect(["a": 1] as JSONValue != ["a": 1, "b": 2])
        #expect(1 as JSONValue != 1.0)
        var object: JSONObject = ["a": [1]]
        object["n", default: 0] = 2
        #expect(object["n"] == 2)
        #expect(object["m", default: 5] == 5)
        #expect(object.description == #"{"a":[1],"n":2}"#)
    }

    @Test(
        arguments: [
            ([], #"{"b":[1,{}],"a":{"x":[]},"é":"</\u2028\""}"#),
            (.sortedKeys, #"{"a":{"x":[]},"b":[1,{}],"é":"</\u2028\""}"#),
            (.htmlSafe, #"{"b":[1,{}],"a":{"x":[]},"é":"\u003c/\u2028\""}"#),
            (
                .pretty,
                "{\n  \"b\": [\n    1,\n    {}\n  ],\n  \"a\": {\n    \"x\": []\n  },\n  \"é\": \"</\\u2028\\\"\"\n}"
            ),
        ] as [(JSONWritingOptions, String)])
    func options(_ options: JSONWritingOptions, _ text: String) {
        let value: JSONValue = ["b": [1, [:]], "a": ["x": []], "é": "</\u{2028}\""]
        // U+2028 is escaped only when asked.
        let expected = options == .htmlSafe ? text : text.replacing("\\u2028", with: "\u{2028}")
        #expect(String(decoding: value.serialized(options), as: UTF8.self) == expected)
    }

    @Test func escapes() {
        let value: JSONValue = "\u{0}\u{1F}\u{8}\u{C}\n\r\t\"\\/\u{7F}é"
        #expect(value.description == #""\u0000\u001f\b\f\n\r\t\"\\/"# + "\u{7F}é\"")
        #expect(
            JSONValue.string("a<b>&\u{2029}\u{2030}").serialized(.htmlSafe)
                == Array((#""a\u003cb\u003e\u0026\u2029"# + "\u{2030}\"").utf8))
    }
}
