import Basics
import Foundation
import JSON
import TestSupport
import Testing

@testable import JMESPath

@Suite struct JMESPathTests {
    static let document = #"""
        {"Reservations":[{"Instances":[{"InstanceId":"i-1","State":{"Name":"running"}},
        {"InstanceId":"i-2","State":{"Name":"stopped"}}]},{"Instances":[]}],"Count":2,"Name":"höhe"}
        """#

    @Test(
        "selects what the AWS CLI selects",
        arguments: [
            ("Reservations[].Instances[].State.Name", #"["running","stopped"]"#),
            ("Reservations[].Instances[?State.Name=='running'][].InstanceId", #"["i-1"]"#),
            ("Reservations[].Instances[?State.Name==`running`][].InstanceId", #"["i-1"]"#),
            ("Reservations[*].Instances[*].[InstanceId,State.Name]", #"[[["i-1","running"],["i-2","stopped"]],[]]"#),
            (
                "Reservations[0].Instances[-1].{id: InstanceId, \"state name\": State.Name}",
                #"{"id":"i-2","state name":"stopped"}"#
            ),
            ("length(Reservations[]) > `0`", "true"),
            ("sort_by(Reservations[].Instances[], &State.Name)[-1].InstanceId", #""i-2""#),
            ("length(Name)", "4"),
            ("reverse(Name)", #""ehöh""#),
            ("Missing.a[0] || Count", "2"),
            ("sum(`[9223372036854775807, 1]`)", "9.223372036854776e+18"),
            ("to_string(@.Name)", #""höhe""#),
            ("to_string(Reservations[1])", #""{\"Instances\":[]}""#),
        ])
    func values(_ expression: String, _ expected: String) throws {
        let value = try JMESPath(expression).value(in: try JSONValue(parsing: Self.document))
        #expect(value.hasSameValue(as: try JSONValue(parsing: expected)), "\(value)")
    }

    @Test(
        "a mistake is shown with its place and with what is expected",
        arguments: [
            ("", "the expression is empty (``)"),
            ("a.", "the end where a name, `*`, `[` or `{` is expected (character 3 of `a.`)"),
            ("a..b", "`.` where a name, `*`, `[` or `{` is expected (character 3 of `a..b`)"),
            ("a[b]", "`b` where an index, a slice such as `0:2`, or `*` is expected (character 3 of `a[b]`)"),
            ("a = b", "`=` has no meaning here: write == to compare (character 3 of `a = b`)"),
            ("$.a", "`$` has no meaning here: JMESPath has no $, write @ or nothing (character 1 of `$.a`)"),
            ("'höhe", "the string in single quotes is not closed (character 1 of `'höhe`)"),
            (
                "'höhe'.lengt(@)",
                "there is no function lengt(): did you mean length()? (character 8 of `'höhe'.lengt(@)`)"
            ),
            ("length()", "length() takes 1 argument, not 0 (character 1 of `length()`)"),
            ("not_null()", "not_null() takes 1 argument or more, not 0 (character 1 of `not_null()`)"),
            (
                "sort_by(a, b)",
                "argument 2 of sort_by() is an expression: write `&` in front (character 12 of `sort_by(a, b)`)"
            ),
            ("length(&a)", "argument 1 of length() is a value: leave out the `&` (character 8 of `length(&a)`)"),
            ("a[0:1:0]", "the step of a slice cannot be 0 (character 6 of `a[0:1:0]`)"),
            ("{a: b", "the end where `,` or `}` is expected (character 6 of `{a: b`)"),
            ("a b", "`b` where `.`, `[`, `|`, a comparison or the end is expected (character 3 of `a b`)"),
        ])
    func mistakes(_ expression: String, _ message: String) throws {
        let error = #expect(throws: JMESPathError.self) { try JMESPath(expression) }
        #expect(error?.description == message)
    }

    @Test(
        "a function that gets a wrong type says which, without the value",
        arguments: [
            (
                "length(Count)",
                "length() needs an array, an object or a string, not a number (character 1 of `length(Count)`)"
            ),
            ("Name | sum(@)", "sum() needs an array of numbers, not a string (character 8 of `Name | sum(@)`)"),
            (
                "join(',', Reservations)",
                "join() needs an array of strings, not an array of object (character 1 of `join(',', Reservations)`)"
            ),
            ("keys(Missing)", "keys() needs an object, not null (character 1 of `keys(Missing)`)"),
            (
                "sort_by(Reservations, &Instances)",
                "sort_by() needs numbers or strings alone to order by, found an array of object (character 1 of `sort_by(Reservations, &Instances)`)"
            ),
        ])
    func wrongTypes(_ expression: String, _ message: String) throws {
        let path = try JMESPath(expression)
        let error = #expect(throws: JMESPathError.self) {
            try path.value(in: try JSONValue(parsing: Self.document))
        }
        #expect(error?.description == message)
    }

    /// Each with a length within the limits and one beyond them.
    @Test(
        "what nests or multiplies without end is refused",
        arguments: [
            (String(repeating: "(", count: 99) + "a" + String(repeating: ")", count: 99), nil),
            (String(repeating: "(", count: 100) + "a" + String(repeating: ")", count: 100), "nested"),
            (String(repeating: "!", count: 99) + "a", nil),
            (String(repeating: "!", count: 20_000) + "a", "names and signs"),
            ("a" + String(repeating: ".a", count: 499), nil),
            ("a" + String(repeating: ".a", count: 500), "names and signs"),
            (String(repeating: "[*]", count: 99), nil),
            (String(repeating: "[*]", count: 300), "nested"),
            ("[@,@]" + String(repeating: "|[@,@]", count: 13), nil),
            ("[@,@]" + String(repeating: "|[@,@]", count: 99), "steps"),
            ("[@,@]" + String(repeating: "|[@,@][]", count: 90), "steps"),
            ("'12345678'" + String(repeating: "|join('',[@,@])", count: 90), "steps"),
            ("[@,@]" + String(repeating: "|[@,@]", count: 99) + "|to_string(@)", "steps"),
            ("[@,@]" + String(repeating: "|[@,@]", count: 99) + "|@==@", "steps"),
            (String(repeating: "a", count: 70_000), "bytes"),
        ] as [(String, String?)])
    func limits(_ expression: String, _ part: String?) throws {
        do {
            _ = try JMESPath(expression).value(in: ["a": 1], maximumSteps: 200_000)
            #expect(part == nil)
        } catch {
            #expect(part.map { error.message.contains($0) } ?? false, "\(error.message)")
        }
    }

    @Test("damaged expressions give a value or an error, never a crash")
    func damage() throws {
        let document = try JSONValue(parsing: Self.document)
        let signs = Array(#".*[]{}()|&!<>=,:@'`"-0a \?é"#.utf8) + [0xFF, 0x00, 0x0A]
        let expressions = [
            "Reservations[].Instances[?State.Name=='running' && !(a || `1`)][0:2:1].{a: InstanceId, \"b\": *}",
            "sort_by(Reservations[*].Instances[], &State.Name)[-1] | join(',', [to_string(@), 'it\\'s']) || length(Name)",
        ]
        var random = SeededRandom(11)
        var parsed = 0
        for round in 0..<5_000 {
            var bytes = Array(expressions[round % expressions.count].utf8)
            for _ in 0...random.next(below: 3) where !bytes.isEmpty {
                let place = Int(random.next(below: UInt64(bytes.count)))
                switch random.next(below: 4) {
                case 0: bytes[place] = signs[Int(random.next(below: UInt64(signs.count)))]
                case 1: bytes.insert(signs[Int(random.next(below: UInt64(signs.count)))], at: place)
                case 2: bytes.removeSubrange(place..<min(bytes.count, place + 1 + Int(random.next(below: 6))))
                default: bytes.insert(contentsOf: bytes[place...].prefix(Int(random.next(below: 30))), at: place)
                }
            }
            guard let path = try? JMESPath(String(decoding: bytes, as: UTF8.self)) else { continue }
            parsed += 1
            _ = try? path.value(in: document)
        }
        #expect((200..<4_800).contains(parsed))
    }
}

@Suite(.enabled(if: Workspace.hasPython, "the Python environment is missing: run ./build.sh setup"))
struct JMESPathOracleTests {
    @Test("written, generated and damaged expressions give what the Python package gives")
    func agrees() throws {
        let script = Workspace.root.appending(path: "Tools/jmespath-oracle/cases.py").path
        let result = try Command.run(Workspace.python, ["-B", script, "1", "3000"])
        try #require(result.status == 0, "\(result.errors)")
        var lines = try result.output.utf8.split(separator: UInt8(ascii: "\n")).map {
            try JSONValue(parsing: Array($0))
        }
        let documents = lines.removeFirst()
        var (values, errors) = (0, 0)
        for line in lines {
            let expression = try #require(line["expression"]?.stringValue)
            let document = try #require(line["document"]?.intValue.flatMap { documents[Int($0)] })
            let found = try? JMESPath(expression).value(in: document)
            switch (line["expected"], found) {
            case (let expected?, let found?):
                if !expected.isNull { values += 1 }
                if !found.hasSameValue(as: expected) {
                    Issue.record("`\(expression)` gives \(found) instead of \(expected) of \(document)")
                }
            case (let expected?, nil):
                Issue.record("`\(expression)` gives an error instead of \(expected) of \(document)")
            case (nil, let found?): Issue.record("`\(expression)` gives \(found) instead of an error")
            case (nil, nil): errors += 1
            }
        }
        #expect(values > 500)
        #expect(errors > 500)
    }
}
