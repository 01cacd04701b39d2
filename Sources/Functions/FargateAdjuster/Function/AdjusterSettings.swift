import AWSResources
import Basics
import Configuration
import ConfigurationSources
import StateStore

/// The Fargate adjuster's settings, from its environment variables.
struct AdjusterSettings: Sendable, Hashable {
    /// What lets a run of half an hour survive its invocations.
    enum Durability: String, Sendable, CaseIterable {
        /// Lambda's durable executions, when the function was created with them.
        case lambda
        /// Documents in the state store; ECS's events and the timer go on with the run.
        case state
        /// Nothing: a run ends within one invocation, with a store, too, which then only records it.
        case off
    }

    /// `FARGATE_CONFIG`, a location, or `FARGATE_CONFIG_TEXT`, the file itself; nil when requests carry their own.
    var configuration: ConfigurationSource?
    /// `FARGATE_STATE`: where runs, claims and the history are kept.
    var state: String?
    /// `FARGATE_RESULT_TOPIC_ARN`: where outcomes are published.
    var resultTopic: String?
    /// `FARGATE_DURABLE`: with a state store `state`, otherwise `off`.
    var durability: Durability
    /// `FARGATE_INTERVAL`: between two looks at a deployment; nil for what suits the durability.
    var interval: Duration?
    /// `FARGATE_MARGIN`: so long before the end of the invocation a run without durability goes back.
    var margin: Duration

    /// Reads the variables.
    /// - Throws: ``AdjusterError`` `invalidConfiguration` with everything that is wrong with them.
    init(_ variables: [String: String]) throws(AdjusterError) {
        do { self = try Environment(variables).parse { Self($0) } } catch {
            throw AdjusterError(.invalidConfiguration, "\(error)", underlying: error)
        }
    }

    private init(_ variables: ConfigurationSection) {
        configuration = variables.value("FARGATE_CONFIG", expected: ConfigurationSource.expected) {
            ConfigurationSource($0)
        }
        if let text = variables.text("FARGATE_CONFIG_TEXT") {
            if configuration != nil {
                variables.fault("FARGATE_CONFIG_TEXT", "FARGATE_CONFIG is set, too: set one of them")
            }
            configuration = .text(text)
        }
        state = variables.value("FARGATE_STATE", expected: StateStore.expectedLocation) {
            $0.hasPrefix("s3://") || $0.hasPrefix("dynamodb:") ? $0 : nil
        }
        resultTopic = variables.value("FARGATE_RESULT_TOPIC_ARN", expected: "the ARN of an SNS topic") {
            ARN($0)?.service == "sns" ? $0 : nil
        }
        durability = variables.choice("FARGATE_DURABLE", default: state == nil ? .off : .state)
        if durability == .state, state == nil {
            variables.fault("FARGATE_DURABLE", "is state, which needs FARGATE_STATE: \(StateStore.expectedLocation)")
        }
        interval = variables.value("FARGATE_INTERVAL", expected: "a duration from 1s to 5m") { text in
            Duration(text: text, bareUnit: .seconds(1)).flatMap { .seconds(1) <= $0 && $0 <= .seconds(300) ? $0 : nil }
        }
        margin = variables.duration("FARGATE_MARGIN", default: .seconds(300))
    }
}
