import JSON
import TestSupport
import Testing

@Suite("Fuzz")
struct FuzzTests {
    /// Mutated texts: an accepted text has the same value after writing and parsing, in both formats.
    @Test(arguments: 0..<8)
    func roundTrips(seed: UInt64) throws {
        var mutator = Mutator(seed: seed)
        for _ in 0..<1_500 {
            let text = mutator.next()
            guard let value = try? JSONValue(parsing: text) else { continue }
            for options: JSONWritingOptions in [[], [.pretty, .sortedKeys, .htmlSafe]] {
                if try JSONValue(parsing: value.serialized(options)) != value { Issue.record("\(text) changes") }
            }
            // The same by way of the decoding and encoding containers.
            let decoded = try JSONDecoder().decode(Relay.self, from: text)
            if decoded.value != value { Issue.record("\(text) decodes as \(decoded.value)") }
            if try JSONEncoder().encodeToValue(decoded) != value { Issue.record("\(text) encodes differently") }
        }
    }

    /// Python's parser, made strict, accepts the same texts and reads the same values.
    @Test(.enabled(if: Workspace.hasPython, "run ./build.sh setup"))
    func agreesWithPython() throws {
        var mutator = Mutator(seed: 99)
        let texts = (0..<20_000).map { _ in mutator.next() }
        let lines = texts.map { $0.map { String(256 + Int($0), radix: 16).dropFirst() }.joined() }
        let result = try Command.run(
            Workspace.python, ["-c", Self.oracle], input: lines.joined(separator: "\n") + "\n")
        #expect(result.status == 0, "\(result.errors)")
        let answers = result.output.split(separator: "\n")
        try #require(answers.count == texts.count)
        var accepted = 0
        for (text, answer) in zip(texts, answers) {
            let ours = try? JSONValue(parsing: text)
            let theirs: JSONValue? = answer == "refused" ? .none : try JSONValue(parsing: String(answer))
            if ours != theirs { Issue.record("\(text): \(ours?.description ?? "refused"), but Python: \(answer)") }
            accepted += ours == nil ? 0 : 1
        }
        // Both outcomes were there in numbers.
        #expect((2_000...18_000).contains(accepted))
    }

    /// Strict: no NaN, no lone surrogates, no number beyond a double, `-0` as a double, a byte order mark skipped.
    static let oracle = #"""
        import json, sys
        def refuse(name): raise ValueError(name)
        def integer(text): return -0.0 if text == "-0" else int(text)
        for line in sys.stdin:
            try:
                text = bytes.fromhex(line).removeprefix(b"\xef\xbb\xbf").decode("utf-8")
                value = json.loads(text, parse_constant=refuse, parse_int=integer)
                json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")
                if json.dumps(value, allow_nan=False): print(json.dumps(value))
            except (ValueError, UnicodeError, OverflowError): print("refused")
        """#
}

/// Any JSON value, coded with the containers of `Codable` at every level.
struct Relay: Codable {
    let value: JSONValue

    struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        if let object = try? decoder.container(keyedBy: Key.self) {
            value = .object(
                JSONObject(
                    try object.allKeys.map { ($0.stringValue, try object.decode(Relay.self, forKey: $0).value) }))
        } else if let list = try? [Relay](from: decoder) {
            value = .array(list.map(\.value))
        } else {
            value = try decoder.singleValueContainer().decode(JSONValue.self)
        }
    }

    init(_ value: JSONValue) { self.value = value }

    func encode(to encoder: any Encoder) throws {
        switch value {
        case .object(let object):
            var container = encoder.container(keyedBy: Key.self)
            for (key, value) in object { try container.encode(Relay(value), forKey: Key(stringValue: key)) }
        case .array(let elements):
            var container = encoder.unkeyedContainer()
            for element in elements { try container.encode(Relay(element)) }
        default: try value.encode(to: encoder)
        }
    }
}
