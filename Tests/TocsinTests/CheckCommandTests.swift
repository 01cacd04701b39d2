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
        suites: [{name: checkout, endpoints: [{name: a}]}]
        """
    }

    @Test("what of a file is not checked stands in table, JSON and JUnit, and --strict exits 2")
    func notChecked() throws {
        let site = try Self.site()
        let table = try check(Self.file(site))
        #expect(table.status == 0, "\(table.errors)")
        #expect(table.output.contains("\nsuite checkout  not checked"), "\(table.output)")
        #expect(table.output.contains("\n  suites are not run: write its 1 endpoint under"), "\(table.output)")
        #expect(table.output.hasSuffix(": all up, 1 not checked\n"), "\(table.output)")
        let json = try JSONValue(parsing: try check(Self.file(site), "--output", "json").output)
        #expect(json["notChecked"]?[0]?["name"] == "checkout")
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

    @Test func aFileWithSuitesOnly() throws {
        let result = try check("suites: [{name: checkout, endpoints: [{name: a}]}]")
        #expect(result.status == 2)
        #expect(result.output.isEmpty)
        #expect(result.errors.contains("nothing can be checked: the file has only 1 suite, which Tocsin does not run"))
    }
}
