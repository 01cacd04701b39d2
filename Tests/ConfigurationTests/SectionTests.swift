import Basics
import Configuration
import ConfigurationSources
import JSON
import Testing
import YAML

/// The same getters over YAML and JSON in a file, a JSON value, and variables.
@Suite struct SectionTests {
    private enum Colour: String, CaseIterable { case red, green, blue }

    private static func yaml(_ text: String, showsValues: Bool = true) throws -> ConfigurationSection {
        let diagnostics = Diagnostics(showsValues: showsValues)
        let section = try ConfigurationSection(
            YAMLNode(parsing: Array(text.utf8)), path: "", diagnostics: diagnostics)
        return try #require(section)
    }

    private static func faults(_ section: ConfigurationSection) -> [String] {
        do throws(ConfigurationError) {
            try section.diagnostics.check()
            return []
        } catch {
            return error.faults.map(\.description)
        }
    }

    @Test(arguments: [
        "{t: a, f: yes, i: 5, n: 0.5, d: 1m30s, c: Green, l: [a, b], p: {x: 1, y: ~}, e: '', z: ~}",
        #"{"t":"a","f":true,"i":5,"n":0.5,"d":"PT1M30S","c":"GREEN","l":["a","b"],"p":{"x":"1","y":null},"e":"","z":null}"#,
    ])
    func everyKindOfValue(text: String) throws {
        let object = try YAMLNode(parsing: Array(text.utf8)).json.objectValue ?? [:]
        let json = ConfigurationSection(object, path: "", diagnostics: Diagnostics())
        for section in [try Self.yaml(text)] + (text.contains("yes") ? [] : [json]) {
            #expect(section.text("t") == "a" && section.flag("f") == true && section.integer("i", in: 1...9) == 5)
            #expect(section.number("n", default: 0, in: 0...1) == 0.5 && section.duration("d") == .seconds(90))
            #expect(section.choice("c", default: Colour.red) == .green)
            #expect(
                section.texts("l").map(\.text) == ["a", "b"] && section.texts("l").map(\.path) == ["l[0]", "l[1]"])
            #expect(section.pairs("p").map(\.name) == ["x", "y"] && section.pairs("p").map(\.value) == ["1", ""])
            #expect(section.section("p")?.text("x") == "1")
            #expect(section.text("e") == nil && section.text("z", default: "d") == "d" && !section.has("z"))
            #expect(section.flag("none") == nil && section.texts("none").isEmpty && section.section("none") == nil)
            section.close()
            #expect(Self.faults(section).isEmpty)
        }
    }

    @Test func everyFaultOfAFileInTheOrderOfLines() throws {
        let section = try Self.yaml(
            """
            colour: rde
            count: many
            pause: 5
            on: perhaps
            names: [a, [b]]
            colours: [red, geen]
            inner: 1
            cuont: 1
            """)
        _ = section.section("inner")
        _ = section.choices("colours") as Set<Colour>
        _ = section.texts("names")
        _ = section.flag("on", default: false)
        _ = section.duration("pause", default: .seconds(1))
        _ = section.integer("count", default: 1, in: 1...10)
        _ = section.choice("colour", default: Colour.red)
        _ = section.requiredText("title", expected: "the title of the page")
        section.close()
        #expect(
            Self.faults(section)
                == [
                    "line 1: colour is \"rde\", expected one of red, green, blue",
                    "line 1: title is not set, expected the title of the page",
                    "line 2: count is \"many\", expected a whole number from 1 to 10",
                    "line 3: pause is \"5\", expected a duration with its unit, such as 500ms, 30s, 5m or 1h30m",
                    "line 4: on is \"perhaps\", expected true or false",
                    "line 5: names[1]: expected a text: put it into quotes if it begins with [ or {",
                    "line 6: colours[1] is \"geen\", expected one of red, green, blue",
                    "line 7: inner: expected a mapping of keys to values",
                    "line 8: cuont: unknown key, did you mean count?",
                ])
    }

    @Test func valuesAreNotShownWhereTheyMayBeSecrets() throws {
        let section = try Self.yaml("{a: hush, b: hush, c: hush, hush: 1}", showsValues: false)
        _ = section.flag("a")
        _ = section.value("b", expected: "a number") { Int($0) }
        _ = section.choice("c", default: Colour.red)
        #expect(
            Self.faults(section) == [
                "line 1: a: expected true or false", "line 1: b: expected a number",
                "line 1: c: expected one of red, green, blue",
            ])
    }

    @Test func keysWithoutEffectAreToldOncePerKind() throws {
        let section = try Self.yaml("list:\n- {badge: 1}\n- {badge: 2}\n- {}\nweb: 1\n")
        for entry in section.sections("list") { entry.ignore("badge", "there is no page") }
        section.ignore("web", "there is no server")
        section.close()
        #expect(
            section.diagnostics.notUsed == [
                "line 2 and 1 more: list[].badge (there is no page)", "line 5: web (there is no server)",
            ])
        #expect(section.diagnostics.faults.isEmpty)
    }

    @Test func keysForAliasesMayStay() throws {
        let section = try Self.yaml("x-a: 1\nb: &b {c: 1}\nd: {e: &e 1}\nf: 1\n")
        section.close(allowing: true)
        #expect(Self.faults(section).map { $0.prefix(22) } == ["line 4: f: unknown key"])
    }

    @Test func oneValueMayStandForAList() throws {
        let section = try Self.yaml("{a: x, b: [x, y]}")
        #expect(section.texts("a", acceptsOne: true).map(\.text) == ["x"])
        #expect(section.texts("b", acceptsOne: true).map(\.text) == ["x", "y"])
        #expect(section.texts("a").isEmpty)
        #expect(Self.faults(section) == ["line 1: a: expected a list"])
    }

    @Test func secretsAreTakenFromWhereTheyWereFetched() throws {
        let diagnostics = Diagnostics()
        let section = ConfigurationSection(
            ["url": "ssm:/a", "token": "t"], secrets: ["url": " https://a\n", "key": "no url"], path: "outputs.ops",
            diagnostics: diagnostics)
        #expect(section.secretURL() == "https://a" && section.secret("token") == nil)
        _ = section.secretURL("key")
        #expect(section.requiredSecret("token") == "")
        section.close()
        #expect(
            diagnostics.faults.map(\.description) == [
                "outputs.ops.key: expected a URL that begins with https:// or http://",
                "outputs.ops.token is \"***\", expected a secret, or where it is kept",
            ])
    }

    @Test(arguments: [
        ("a: 'env:SET'", SecretReference?.some(.parameter("/b")), nil), ("a: ssm:/c", .parameter("/c"), nil),
        ("a: 'env:UNSET'", nil, "line 1: a: env:UNSET is not set"), ("a: [x]", nil, "line 1: a: expected a text"),
        ("b: 1", nil, nil),
    ])
    func secretReferences(text: String, expected: SecretReference?, fault: String?) throws {
        let section = try Self.yaml(text)
        #expect(section.secretReference("a", environment: ["SET": "ssm:/b", "UNSET": ""]) == expected)
        #expect(Self.faults(section) == (fault.map { [$0] } ?? []))
    }
}

@Suite struct ConfigurationSourceTests {
    @Test(arguments: [
        ("s3://bucket/a/b.yaml", ConfigurationSource.object(bucket: "bucket", key: "a/b.yaml")),
        ("ssm:/a", .parameter("/a")), ("conf/a.yaml", .file("conf/a.yaml")), ("s3://bucket", nil), ("ssm:", nil),
        ("arn:aws:ssm:eu-central-1:1:parameter/a", .parameter("arn:aws:ssm:eu-central-1:1:parameter/a")), ("", nil),
    ])
    func locations(text: String, expected: ConfigurationSource?) {
        #expect(ConfigurationSource(text) == expected)
        if let expected { #expect(expected.description == text) }
    }

    @Test func aFileThatIsNotThere() {
        let error = #expect(throws: ConfigurationSourceError.self) {
            try ConfigurationSource.bytes(ofFile: "a.yaml", ["LAMBDA_TASK_ROOT": "/nowhere"])
        }
        #expect(error?.message == "the file /nowhere/a.yaml cannot be read: No such file or directory")
    }
}
