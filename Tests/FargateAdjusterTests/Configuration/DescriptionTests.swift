import Basics
import FargateAdjuster
import JSON
import Testing

/// What a servo gets to its question, beside what the original answered.
@Suite struct DescriptionTests {
    private static let samples = OriginalSample.all("original-descriptions.json")

    private static func snapshot(_ sample: OriginalSample) -> ServiceSnapshot {
        var service = FargateService()
        service.desiredCount = Int(sample.row["desiredCount"]?.intValue ?? 0)
        let definition = TaskDefinition(["taskDefinition": sample.row["taskDefinition"] ?? .null])
        return ServiceSnapshot(
            service: service, taskDefinition: definition, readAt: Timestamp(secondsSinceEpoch: 0))
    }

    /// Our description as a text, so that the order of keys counts, or the error.
    private static func describe(_ sample: OriginalSample) throws -> String {
        let component = try #require(try sample.configuration().component("web"))
        do throws(AdjusterError) { return try component.description(of: snapshot(sample)).description } catch {
            return "\(error.code): \(error)"
        }
    }

    private static func sample(_ name: String, ranges: Bool = false) throws -> OriginalSample {
        try #require(samples.first { $0.name == name && $0.usesRanges == ranges })
    }

    @Test func samplesAreThere() {
        #expect(Self.samples.count == 50)
        #expect(Self.samples.filter { $0.error == nil }.count == 46)
    }

    /// The original's values without a list in the file are those of a Python set, in any order.
    private static func ordered(_ settings: JSONValue) -> JSONValue {
        var result = settings.objectValue ?? [:]
        for key in ["cpu", "mem"] {
            guard var setting = result[key]?.objectValue, let values = setting["values"]?.arrayValue,
                values.count == (key == "cpu" ? 5 : 31)
            else { continue }
            setting["values"] = .array(values.sorted { SettingRule.number($0) ?? 0 < SettingRule.number($1) ?? 0 })
            result[key] = .object(setting)
        }
        return .object(result)
    }

    /// Of these the value differs; see `mended`.
    private static let differing: Set<String> = ["512/1536", "1536/2560", "environment enum of numbers"]

    @Test(arguments: samples.filter { $0.error == nil && !differing.contains($0.name) })
    func sameAsTheOriginal(_ sample: OriginalSample) throws {
        let settings = try #require(sample.row["output"]?["settings"])
        let expected: JSONValue = ["settings": Self.ordered(settings)]
        #expect(try Self.describe(sample) == expected.description)
    }

    @Test(
        arguments: [
            // The original cuts 1.5 to 1.
            ("512/1536", false, "mem", "1", "1.5"), ("1536/2560", false, "cpu", "1", "1.5"),
            ("1536/2560", false, "mem", "2", "2.5"), ("512/1536", true, "mem", 1, 1.5),
            ("1536/2560", true, "cpu", 1, 1.5),
            ("1536/2560", true, "mem", 2, 2.5),
            // The original's text "2.5" is none of the values [1, 2.5, true].
            ("environment enum of numbers", false, "X", "2.5", 2.5),
        ] as [(String, Bool, String, JSONValue, JSONValue)])
    func mended(_ name: String, _ ranges: Bool, _ setting: String, _ original: JSONValue, _ ours: JSONValue) throws {
        let sample = try Self.sample(name, ranges: ranges)
        #expect(sample.row["output"]?["settings"]?[setting]?["value"] == original)
        let described = try JSONValue(parsing: try Self.describe(sample))
        #expect(described["settings"]?[setting]?["value"] == ours)
    }

    /// Exceptions of the original, and what we say.
    @Test(arguments: [
        (
            "environment without default", "Exception",
            "unavailable: component web: Environment variable GOGC had no value in containerDefinitions and "
                + "no default in config: add a default, or set the variable in "
        ),
        (
            "environment not a number", "ValueError",
            "unavailable: component web: Environment variable GOGC is \"off\", which is no number, and the setting GOGC "
                + "is a range: set a number in "
        ),
        ("two containers", "Exception", "refused: "),
        (
            "no environment in the container", "KeyError",
            #"{"settings":{"GOGC":{"type":"range","min":50,"max":300,"step":10,"value":100.0},"#
                + #""TEST":{"type":"enum","unit":"none","values":["A","B","C"],"value":"A"}}}"#
        ),
    ])
    func exceptions(_ name: String, _ errorClass: String, _ ours: String) throws {
        let sample = try Self.sample(name)
        #expect(sample.errorClass == errorClass)
        #expect(try Self.describe(sample).hasPrefix(ours))
    }

    // MARK: Beyond the original

    private func component(_ body: String) throws -> ComponentConfiguration {
        let yaml = "fargate: {web: {service_name: shop, \(body)}}"
        let configuration = try AdjusterConfiguration(
            parsing: Array(yaml.utf8), file: "config.yaml", environment: Environment([:]))
        return try #require(configuration.component("web"))
    }

    private func snapshot(cpu: Int = 512, memory: Int = 1_024, desired: Int = 2, _ containers: JSONValue = [])
        -> ServiceSnapshot
    {
        var service = FargateService()
        service.desiredCount = desired
        let definition = TaskDefinition([
            "taskDefinition": [
                "taskDefinitionArn": "arn:aws:ecs:eu-west-1:1:task-definition/web:3", "family": "web", "revision": 3,
                "cpu": .string(String(cpu)), "memory": .string(String(memory)), "containerDefinitions": containers,
            ]
        ])
        return ServiceSnapshot(service: service, taskDefinition: definition, readAt: Timestamp(secondsSinceEpoch: 0))
    }

    private func describe(_ component: ComponentConfiguration, _ snapshot: ServiceSnapshot) -> String {
        do throws(AdjusterError) { return try component.description(of: snapshot).description } catch {
            return error.message
        }
    }

    /// A value of a list of numbers is told as the list has it.
    @Test func numbersInLists() throws {
        let component = try component("settings: {cpu: {values: [0.25, 0.5]}, memory: {values: ['1.0', 2]}}")
        #expect(
            describe(component, snapshot())
                == #"{"settings":{"cpu":{"values":[0.25,0.5],"unit":"vCPU","pinned":false,"value":0.5,"type":"enum"},"#
                + #""mem":{"values":["1.0",2],"unit":"GiB","pinned":false,"value":"1.0","type":"enum"}}}"#)
    }

    /// `true` in the file is `True` in Python's and in our words, but containers mostly have `true`.
    @Test(arguments: [("true", "true"), ("False", "false"), ("FALSE", "false"), ("on", "\"on\"")])
    func flagsInLists(_ text: String, _ expected: String) throws {
        let component = try component("environment: {X: {type: enum, values: [true, false]}}")
        let containers: JSONValue = [["name": "web", "environment": [["name": "X", "value": .string(text)]]]]
        #expect(
            describe(component, snapshot(containers))
                == #"{"settings":{"X":{"type":"enum","values":[true,false],"value":"# + expected + "}}}")
    }

    /// The container's text is told, not another one that is the same number.
    @Test(arguments: [
        ("['100', '100.0']", "100.0", "\"100.0\""), ("['1.10', '1.9']", "1.1", "\"1.1\""),
        ("[1.1, 2]", "1.10", "1.1"), ("['1.1', 1.1]", "1.1", "\"1.1\""),
    ])
    func textsOfNumbersInLists(_ list: String, _ text: String, _ expected: String) throws {
        let component = try component("environment: {X: {type: enum, values: \(list)}}")
        let containers: JSONValue = [["name": "web", "environment": [["name": "X", "value": .string(text)]]]]
        let value = try component.description(of: snapshot(containers))["settings"]?["X"]?["value"]
        #expect(value?.description == expected)
    }

    @Test func aStrayTextIsNoOtherOneOfTheSameNumber() throws {
        let component = try component("environment: {X: {type: enum, values: ['1.10']}}")
        func stray(_ text: String) -> [String] {
            component.strayValues(
                in: snapshot([["name": "web", "environment": [["name": "X", "value": .string(text)]]]]))
        }
        #expect(stray("1.10").isEmpty)
        #expect(stray("1.1").count == 1)
    }

    @Test func containerAndVariableStayHere() throws {
        let component = try component(
            "environment: {W: {type: enum, values: [a, b], variable: MODE, container: web, default: b}, "
                + "L: {type: range, min: 1, max: 9, step: 1, variable: MODE, container: log}}")
        let containers: JSONValue = [
            ["name": "web", "environment": [["name": "MODE", "value": "a"]]],
            ["name": "log", "environment": [["name": "MODE", "value": "7"]]],
        ]
        #expect(
            describe(component, snapshot(containers))
                == #"{"settings":{"W":{"type":"enum","values":["a","b"],"value":"a"},"#
                + #""L":{"type":"range","min":1,"max":9,"step":1,"value":7.0}}}"#)
    }

    @Test func withoutAFile() {
        var component = ComponentConfiguration(name: "web", service: "shop")
        component.cpu = SettingRule(.list(["0.5", "1"]), unit: "vCPU")
        component.memory = SettingRule(.range(minimum: 1, maximum: 2.5, step: 0.5), unit: "GiB")
        component.replicas = SettingRule(.range(minimum: 1, maximum: 3, step: 1))
        component.replicas?.isPinned = true
        component.environment = [
            EnvironmentSetting("A", SettingRule(.list(["x"]))),
            EnvironmentSetting("B", SettingRule(.range(minimum: 0, maximum: 1, step: 0.5))),
        ]
        let containers: JSONValue = [
            ["name": "web", "environment": [["name": "A", "value": "x"], ["name": "B", "value": "0.5"]]]
        ]
        #expect(
            describe(component, snapshot(containers)) == """
                {"settings":{"cpu":{"unit":"vCPU","pinned":false,"value":"0.5","type":"enum","values":["0.5","1"]},\
                "mem":{"unit":"GiB","pinned":false,"value":1,"type":"range","step":0.5,"min":1,"max":2.5},\
                "replicas":{"value":2,"type":"range","step":1,"min":1,"max":3,"pinned":true},\
                "A":{"type":"enum","values":["x"],"value":"x"},\
                "B":{"type":"range","min":0,"max":1,"step":0.5,"value":0.5}}}
                """)
    }

    @Test func taskWithoutSize() throws {
        let component = try component("settings: {cpu: ~}")
        #expect(
            describe(component, snapshot(cpu: 0))
                == "component web: the task definition arn:aws:ecs:eu-west-1:1:task-definition/web:3 has no cpu of its "
                + "own, which every task on Fargate must have: is shop a service on Fargate?")
        #expect(describe(try self.component("settings: {mem: ~}"), snapshot(cpu: 0)).hasPrefix(#"{"settings":{"mem""#))
    }

    @Test func strayValues() throws {
        let component = try component(
            "settings: {cpu: {values: ['1', '2']}, mem: {values: ['2'], pinned: true}, replicas: {max: 1}}, "
                + "environment: {X: {type: enum, values: [a]}, Y: {type: enum, values: [a]}}")
        let containers: JSONValue = [["name": "web", "environment": [["name": "X", "value": "b"]]]]
        let prefix = "component web: "
        let reason = " is now what its rule does not have, so it cannot be set back to it: "
        #expect(
            component.strayValues(in: snapshot(containers)) == [
                prefix + "cpu" + reason + "0.5 vCPU is not allowed, expected one of 1, 2",
                prefix + "replicas" + reason + "2 is not allowed, expected 0 to 1 in steps of 1",
                prefix + "X" + reason + "\"b\" is not allowed, expected one of a, did you mean a?",
            ])
    }
}
