import Basics
import FargateAdjuster
import JSON
import Testing

@Suite struct AdjusterConfigurationTests {
    private func read(_ yaml: String, _ variables: [String: String] = [:]) throws(AdjusterError)
        -> AdjusterConfiguration
    {
        try AdjusterConfiguration(
            parsing: Array(yaml.utf8), file: "config.yaml", environment: Environment(variables))
    }

    private func web(_ body: String, _ variables: [String: String] = [:]) throws -> ComponentConfiguration {
        try #require(try read("fargate:\n  web:\n    service_name: shop\n" + body, variables).component("web"))
    }

    private func message(_ yaml: String, _ variables: [String: String] = [:]) -> String {
        do throws(AdjusterError) {
            _ = try read(yaml, variables)
            return ""
        } catch {
            #expect(error.code == .invalidConfiguration)
            return error.message
        }
    }

    /// The original's own example: it says memory, and is read whole.
    private static let example = """
        fargate:
          co-http:
            # cluster: default
            service_name: co-http # Required
            timeout_service_desired_count: 600
            settings:
              cpu:
                type: 'enum'
                values: [ '0.25', '0.5', '1' ]
              memory:
                type: 'enum'
                values: [ '0.5', '1', '2' ]
              replicas:
                type: 'range'
                max: 20
            environment:
              GOGC:
                type: 'range'
                min: 50
                max: 300
                step: 10
                default: 100
              TEST:
                type: 'enum'
                unit: 'none'
                default: 'A'
                values:
                - 'A'
                - 'B'
                - 'C'
        """

    @Test func example() throws {
        let configuration = try read(Self.example)
        #expect(configuration.warnings == [])
        #expect(configuration.components.map(\.name) == ["co-http"])
        let component = try #require(configuration.component("co-http"))
        #expect(component.service == "co-http")
        #expect(component.cluster == "default")
        #expect(component.timeout == 600)
        #expect(component.cpu?.values == .list(["0.25", "0.5", "1"]))
        #expect(component.cpu?.unit == "vCPU")
        #expect(component.memory?.values == .list(["0.5", "1", "2"]))
        #expect(component.memory?.unit == "GiB")
        #expect(component.replicas?.values == .range(minimum: 0, maximum: 20, step: 1))
        #expect(component.environment.map(\.name) == ["GOGC", "TEST"])
        #expect(component.environment[0].rule.values == .range(minimum: 50, maximum: 300, step: 10))
        #expect(component.environment[0].fallback == 100)
        #expect(component.environment[1].rule.values == .list(["A", "B", "C"]))
        #expect(component.environment[1].rule.unit == "none")
        #expect(component.environment[1].fallback == "A")
        #expect(component.allowsExpress == false)
        #expect(component.maximumFailedTasks == 3)
        #expect(component.deregistersSuperseded == false)
    }

    @Test func defaults() throws {
        let component = try web("    settings: {cpu: ~, mem: ~}")
        #expect(component.timeout == 1_200)
        #expect(component.cpu?.values == .list(["0.25", "0.5", "1", "2", "4"]))
        #expect(component.memory?.values == .list(["0.5"] + (1...30).map(String.init)))
        #expect(component.replicas == nil)
        #expect(component.environment == [])
    }

    @Test func defaultsOfRanges() throws {
        let component = try web("    settings: {cpu: ~, mem: ~}", ["OPTUNE_ECS_USE_RANGES": "1"])
        #expect(component.cpu?.values == .range(minimum: 0.25, maximum: 4, step: 0.25))
        #expect(component.memory?.values == .range(minimum: 0.5, maximum: 30, step: 0.5))
    }

    @Test func ownKeys() throws {
        let component = try web(
            """
                express: true
                failed_tasks: 5
                deregister_superseded: yes
                environment:
                  WEB_GOGC: {type: range, min: 50, max: 300, step: 10, variable: GOGC, container: web}
            """)
        #expect(component.allowsExpress)
        #expect(component.maximumFailedTasks == 5)
        #expect(component.deregistersSuperseded)
        #expect(component.environment[0].name == "WEB_GOGC")
        #expect(component.environment[0].variable == "GOGC")
        #expect(component.environment[0].container == "web")
    }

    // MARK: Cluster and mode

    @Test(arguments: [
        ("    cluster: a\n", ["FARGATE_CLUSTER": "b"], "a"), ("", ["FARGATE_CLUSTER": "b"], "b"), ("", [:], "default"),
        ("    cluster: ''\n", ["FARGATE_CLUSTER": "b"], "b"), ("    cluster: ~\n", ["FARGATE_CLUSTER": ""], "default"),
    ])
    func cluster(_ line: String, _ variables: [String: String], _ expected: String) throws {
        #expect(try web(line, variables).cluster == expected)
    }

    @Test(arguments: [
        ("true", true, false), ("1", true, false), ("yes", true, false), ("ranges", true, false), ("", false, false),
        ("false", false, true), ("False", false, true), ("0", false, true), ("no", false, true), ("off", false, true),
    ])
    func mode(_ value: String, _ usesRanges: Bool, _ warns: Bool) throws {
        let configuration = try read(
            "fargate: {web: {service_name: shop, settings: {cpu: ~}}}", ["OPTUNE_ECS_USE_RANGES": value])
        let values = try #require(configuration.components[0].cpu?.values)
        if case .range = values { #expect(usesRanges) } else { #expect(!usesRanges) }
        let warning =
            "OPTUNE_ECS_USE_RANGES is \"\(value)\", so cpu and mem are enums; "
            + "servo-fargate took any text for true: remove the variable to be clear"
        #expect(configuration.warnings == (warns ? [warning] : []))
    }

    // MARK: Sizes beyond the original's

    @Test func largestSizes() throws {
        let enums = try web("    settings: {cpu: {values: ['0.25', 32, 8.0]}, mem: {values: ['244', 60, '0.50']}}")
        #expect(enums.cpu?.values == .list(["0.25", "32", "8"]))
        #expect(enums.memory?.values == .list(["244", "60", "0.50"]))
        let ranges = try web(
            "    settings: {cpu: {min: 4, max: 32, step: 4}, mem: {min: 60, max: 244, step: 4}}",
            ["OPTUNE_ECS_USE_RANGES": "true"])
        #expect(ranges.cpu?.values == .range(minimum: 4, maximum: 32, step: 4))
        #expect(ranges.memory?.values == .range(minimum: 60, maximum: 244, step: 4))
    }

    @Test(arguments: [
        ("cpu: {min: 1, max: 1, pinned: true}", SettingRule.Values.range(minimum: 1, maximum: 1, step: 0.25)),
        ("cpu: {min: 1, max: 1, step: 0}", .range(minimum: 1, maximum: 1, step: 0)),
        ("cpu: {min: '0.5', max: '1.0', step: '0.5'}", .range(minimum: 0.5, maximum: 1, step: 0.5)),
    ])
    func ranges(_ setting: String, _ values: SettingRule.Values) throws {
        let component = try web("    settings: {\(setting)}", ["OPTUNE_ECS_USE_RANGES": "true"])
        #expect(component.cpu?.values == values)
        #expect(component.cpu?.isPinned == setting.contains("pinned"))
    }

    // MARK: Faults

    @Test func everyFaultAtOnce() {
        let yaml = """
            fargate:
              web:
                cluster: 7
                timeout_service_desired_count: soon
                settings:
                  cpu: {values: ['3'], unit: cores}
                  mem: {values: ['2']}
                  memory: {values: ['2']}
                  replicas: {min: 4, max: 2}
                environment:
                  GOGC: {type: range, max: high}
                  TEST: {type: enum, value: [A]}
                  cpu: {type: enum, values: [a]}
              api: []
            """
        #expect(
            message(yaml)
                == """
                config.yaml: 15 faults:
                line 3: fargate.web.service_name: comp web: Service name setting is required and must be of type \
                string. Found: None
                line 3: fargate.web.cluster: comp web: ECS cluster must be type string when provided. Found: 7
                line 4: fargate.web.timeout_service_desired_count is "soon", expected a whole number from 1 to 604800
                line 6: fargate.web.settings.cpu.unit: comp web: cpu config does not support unit other than vCPU. \
                Found cores
                line 6: fargate.web.settings.cpu.values: comp web: Incompatible values entry provided for cpu setting \
                config: 3; Fargate has 0.25, 0.5, 1, 2, 4, 8, 16, 32 vCPU
                line 8: fargate.web.settings.memory: comp web: mem and memory are the same setting: keep one of them
                line 9: fargate.web.settings.replicas.max: comp web: Provided max for replicas setting must be greater \
                than or equal to the default min or provided min: conf min 4 conf max 2
                line 11: fargate.web.environment.GOGC.min: comp web: environment range setting GOGC config was \
                malformed; min value is required, must be a number. Found None.
                line 11: fargate.web.environment.GOGC.max: comp web: environment range setting GOGC config was \
                malformed; max value is required, must be a number. Found high.
                line 11: fargate.web.environment.GOGC.step: comp web: environment range setting GOGC config was \
                malformed; step value is required, must be a number. Found None.
                line 12: fargate.web.environment.TEST.value: comp web: environment enum setting TEST config was \
                malformed, contained unknown key(s) value: did you mean values?
                line 12: fargate.web.environment.TEST.values: comp web: environment setting TEST must provide a list \
                of acceptable values. Found: None
                line 13: fargate.web.environment.cpu: comp web: cpu is the name of another setting: give this one \
                another name, and `variable: cpu`
                line 14: fargate.api: expected a mapping of keys to values
                """.replacing("15 faults", with: "14 faults"))
    }

    @Test(arguments: [
        ("[web]", "config.yaml: line 1: expected a mapping with the key fargate"),
        (
            "Fargate: {web: {service_name: a}}",
            "config.yaml: line 1: EC2 Server Configuration was not provided in \"config.yaml\". "
                + "Please refer to README.md: the key is fargate, not Fargate"
        ),
        (
            "fargate: {web: {service_name: [}}",
            "Could not parse config file located at \"config.yaml\". Please check its contents. Error: line 1, "
        ),
        (
            "fargate: {web: {service_name: a}, api: {service_name: a}}",
            "fargate.api.service_name: comp api: component web has the same service: "
                + "put the settings of both into one"
        ),
        (
            "fargate: {web: {service_name: a, settings: 3}}",
            "fargate.web.settings: expected a mapping of keys to values"
        ),
        (
            "fargate: {web: {service_name: a, settings: {cpu: '1'}}}",
            "fargate.web.settings.cpu: expected a mapping of keys to values"
        ),
        (
            "fargate: {web: {service_name: a, settings: {cpu: {values: '0.5'}}}}",
            "comp web: cpu config must provide a list of values. Found: 0.5"
        ),
        (
            "fargate: {web: {service_name: a, settings: {replicas: {max: 2.5}}}}",
            "comp web: replicas config max must be a whole number. Found: 2.5"
        ),
        (
            "fargate: {web: {service_name: a, settings: {replicas: {max: lots}}}}",
            "comp web: replicas config max must be a number. Found lots"
        ),
        (
            "fargate: {web: {service_name: a, environment: {X: {type: enum, values: [[1]]}}}}",
            "comp web: environment setting X: a variable can only have a text, a number, true or false. Found: [1]"
        ),
        (
            "fargate: {web: {service_name: a, environment: {X: {type: enum, values: [a], container: 3}}}}",
            "comp web: environment setting X container must be a text. Found: 3"
        ),
        (
            "fargate: {web: {service_name: a, environment: {X: {type: range, min: 0, max: .inf, step: 1}}}}",
            "max value is required, must be a number. Found inf."
        ),
        ("fargate: {web: {service_name: a, failed_tasks: 0}}", "expected a whole number from 1 to 10000"),
        ("fargate: {web: {service_name: a, express: maybe}}", "expected true or false"),
    ])
    func faults(_ yaml: String, _ expected: String) {
        let message = message(yaml)
        #expect(message.contains(expected))
    }

    @Test(arguments: [
        (
            "cpu: {min: 8}",
            "Provided min for cpu setting config would exclude all compatible options: 8: without a max it is 4, so add one"
        ),
        (
            "cpu: {min: 0.25, max: 0.75, step: 0.125}",
            "cpu config does not support step other than 0.25. Found 0.125: "
                + "it must be a multiple of 0.25 that leads from 0.25 to 0.75"
        ),
        ("cpu: {min: 0.3}", "cpu range config was malformed; step value must allow to get from 0.3 to 4"),
        ("mem: {min: 0.7}", "mem range config was malformed; step value must allow to get from 0.7 to 30"),
        ("mem: {min: one}", "mem config min must be a number. Found one"),
    ])
    func faultsOfRanges(_ setting: String, _ expected: String) {
        let message = message(
            "fargate: {web: {service_name: a, settings: {\(setting)}}}", ["OPTUNE_ECS_USE_RANGES": "true"])
        #expect(message.contains(expected))
    }

    // MARK: Warnings

    @Test func warnings() throws {
        let configuration = try read(
            """
            measure: {unrelated: true}
            fargate:
              web2:
                service_name: shop
                service: shop
                environnement: {}
                colour: red
                settings:
                  cpu: {min: 0.5, pined: true}
                  replica: {max: 3}
                environment:
                  X: {type: enum, values: [a, b], default: c}
                  Y: {type: enum, values: []}
            """)
        #expect(
            configuration.warnings == [
                "config.yaml: line 5: fargate.web2.service: unknown key, it is ignored; known are service_name, cluster, "
                    + "timeout_service_desired_count, settings, environment, express, failed_tasks, deregister_superseded",
                "config.yaml: line 6: fargate.web2.environnement: unknown key, did you mean environment?",
                "config.yaml: line 7: fargate.web2.colour: unknown key, it is ignored; known are service_name, cluster, "
                    + "timeout_service_desired_count, settings, environment, express, failed_tasks, deregister_superseded",
                "config.yaml: line 9: fargate.web2.settings.cpu.min: has no effect, "
                    + "because OPTUNE_ECS_USE_RANGES is not set",
                "config.yaml: line 9: fargate.web2.settings.cpu.pined: unknown key, did you mean pinned?",
                "config.yaml: line 10: fargate.web2.settings.replica: unknown key, did you mean replicas?",
                "config.yaml: line 12: fargate.web2.environment.X.default: "
                    + "\"c\" is not allowed, expected one of a, b, did you mean a?",
                "config.yaml: line 13: fargate.web2.environment.Y.values: is empty, so Y cannot be changed",
            ])
    }

    /// PyYAML's rules: `yes` is true, `012` is 10, and of equal keys the last wins.
    @Test func readsAsPyYAML() throws {
        let component = try web(
            "    settings: {replicas: {max: 012, pinned: yes}}\n    cluster: a\n    cluster: b\n")
        #expect(component.replicas?.values == .range(minimum: 0, maximum: 10, step: 1))
        #expect(component.replicas?.isPinned == true)
        #expect(component.cluster == "b")
    }

    @Test func isRecordedAndReadAgain() throws {
        let component = try #require(try read(Self.example).component("co-http"))
        let again = try JSONDecoder().decode(
            ComponentConfiguration.self, from: try JSONEncoder().encodeToValue(component))
        #expect(again == component)
    }
}
