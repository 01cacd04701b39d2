import Foundation
import JSON
import TestSupport
import Testing

/// `tocsin check` for one round: what it prints, and exits with.
@Suite(.timeLimit(.minutes(2))) struct CheckCommandTests {
    private static func site() throws -> ScriptedServer {
        try ScriptedServer { .http($0.target == "/bad" ? 500 : 200, body: "hello") }
    }

    private func check(_ file: String, _ arguments: String...) throws -> Command.Result {
        try Command.run(BuiltTocsin.path, ["check", "-"] + arguments, input: file)
    }

    private static func file(_ site: ScriptedServer, _ path: String = "/") -> String {
        """
        endpoints: [{name: web, url: "\(site.url)\(path)", conditions: ["[STATUS] == 200"]}]
        external-endpoints: [{name: backup, token: hush}]
        """
    }

    @Test("what of a file is not checked stands in table, JSON and JUnit, and --strict exits 2")
    func notChecked() throws {
        let site = try Self.site()
        let table = try check(Self.file(site))
        #expect(table.status == 0, "\(table.errors)")
        #expect(table.output.contains("\nexternal endpoint backup  not checked"), "\(table.output)")
        #expect(table.output.contains("\n  its results are pushed to the function"), "\(table.output)")
        #expect(table.output.hasSuffix(": all up, 1 not checked\n"), "\(table.output)")
        let json = try JSONValue(parsing: try check(Self.file(site), "--output", "json").output)
        #expect(json["notChecked"]?[0]?["name"] == "backup")
        #expect(try check(Self.file(site), "--output", "junit").output.contains(#"tests="2" failures="0" errors="0" "#))
        for (path, status) in [("/", 2), ("/bad", 2)] as [(String, Int32)] {
            let strict = try check(Self.file(site, path), "--strict")
            #expect(strict.status == status)
            #expect(strict.output.contains("not checked"))
            #expect(strict.errors == "Error: --strict: 1 part of the file not checked\n")
        }
        #expect(try check(Self.file(site, "/bad")).status == 1)
        #expect(try check(Self.file(site), "--strict", "--name", "web").status == 0)
    }

    @Test("--shard shows what a shard of the function has, and each endpoint is in one of them")
    func shards() throws {
        let site = try Self.site()
        let file =
            "endpoints:\n"
            + (0..<9).map { number in
                "  - {name: e\(number), url: '\(site.url)/', conditions: ['[STATUS] == 200']}\n"
            }.joined()
        let names = try (1...3).map { number in
            let result = try check(file, "--shard", "\(number)/3", "--output", "json")
            #expect(result.status == 0, "\(result.errors)")
            return try JSONValue(parsing: result.output)["endpoints"]?.arrayValue?.compactMap {
                $0["name"]?.stringValue
            }
        }
        #expect(names.compactMap(\.self).joined().sorted() == (0..<9).map { "e\($0)" })
        #expect(names.allSatisfy { $0?.isEmpty == false })
        let wrong = try check(file, "--shard", "4/3")
        #expect(wrong.status != 0)
        #expect(wrong.errors.contains("The value '4/3' is invalid for '--shard <i/n>'"), "\(wrong.errors)")
        let empty = try check(Self.file(site), "--shard", "1/2")
        #expect(empty.status == 2)
        #expect(empty.errors.contains("shard 1/2 has no endpoint or suite of the file"), "\(empty.errors)")
    }

    @Test func aFileWithExternalEndpointsOnly() throws {
        let result = try check("external-endpoints: [{name: backup, token: hush}]")
        #expect(result.status == 2)
        #expect(result.output.isEmpty)
        #expect(
            result.errors.contains(
                "nothing can be checked: the file has only 1 external endpoint, whose results are pushed"))
    }

    @Test("a suite is a row with its steps below it, and the reasons name the step that failed")
    func suite() throws {
        let site = try Self.site()
        func file(_ path: String) -> String {
            """
            suites:
              - name: flow
                group: shop
                endpoints:
                  - {name: first, url: "\(site.url)/", conditions: ["[STATUS] == 200"], store: {word: "[BODY]"}}
                  - {name: second, url: "\(site.url)\(path)", headers: {X-Word: "[CONTEXT].word"}, conditions: ["[STATUS] == 200"]}
                  - {name: third, url: "\(site.url)/", conditions: ["[BODY] == [CONTEXT].word"]}
            """
        }
        let up = try check(file("/"))
        #expect(up.status == 0, "\(up.errors)")
        for line in ["\nshop/flow  up ", "\n  first    up        200 ", "\n  third    up        200 "] {
            #expect(up.output.contains(line), "\(line) in \(up.output)")
        }
        #expect(up.output.contains("\n1 suite in "))
        #expect(site.requests.map { $0["X-Word"] } == [nil, "hello", nil])
        let down = try check(file("/bad"), "--name", "shop/flow")
        #expect(down.status == 1)
        for line in [
            "\n  second   DOWN        500 ", "\n  third    skipped       - ", "\n  second: [STATUS] (500) == 200\n",
        ] {
            #expect(down.output.contains(line), "\(line) in \(down.output)")
        }
        #expect(down.output.contains(": 1 down\n"))
        let json = try JSONValue(parsing: try check(file("/bad"), "--output", "json").output)
        #expect(json["suites"]?[0]?["steps"]?[2]?["outcome"] == "skipped")
        let junit = try check(file("/bad"), "--output", "junit").output
        #expect(junit.contains(#"tests="3" failures="1" errors="0" skipped="1""#))
        let unknown = try check(file("/"), "--name", "second")
        #expect(unknown.status == 2)
        #expect(unknown.errors.contains("give the suite's name, shop/flow"))
    }
}
