public import AWS
public import Basics
public import JSON
public import Transport

/// An activity of the `python` provider, written in Swift: what a module and a function name stand for.
///
/// One value declares all that is to be known about it: its arguments, what it hits, what it calls and may need the
/// permission for, and how its effect is undone.
public struct NativeActivity: Sendable {
    /// The module, as experiments name it: `chaosaws.ec2.actions`.
    public let module: String
    /// The function: `stop_instances`.
    public let function: String
    /// Action or probe.
    public let kind: Activity.Kind
    /// One sentence for listings.
    public let summary: String
    /// The arguments, in the order of the Python function.
    public let arguments: [Argument]
    /// The AWS operations and the requests to a Kubernetes cluster that it may call.
    public let calls: [Call]
    /// The operations of one invocation, where they depend on its arguments: those are added to `calls`.
    public let callsOfArguments: (@Sendable (JSONObject) -> [Call])?
    /// How the targets are chosen, for listings: `ids, or running instances that match the filters`; empty without
    /// targets.
    public let choice: String
    /// Other full names of it: `resiliencyvr.ec2.actions.gpn_stress_cpu`.
    public let aliases: [String]
    /// What it would hit, found by calls that only read; empty for what has no targets.
    ///
    /// An action must change these targets only.
    public let targets: @Sendable (Invocation) async throws -> [Target]
    /// Does it, and returns the activity's output.
    public let run: @Sendable (Invocation, [Target]) async throws -> JSONValue
    /// How its effect is undone; nil for a probe, and for what cannot be undone.
    public let undo: Undo?

    /// An activity.
    public init(
        _ module: String, _ function: String, _ kind: Activity.Kind, _ summary: String, arguments: [Argument] = [],
        calls: [Call] = [], callsOfArguments: (@Sendable (JSONObject) -> [Call])? = nil, choice: String = "",
        aliases: [String] = [], targets: @escaping @Sendable (Invocation) async throws -> [Target] = { _ in [] },
        undo: Undo? = nil, run: @escaping @Sendable (Invocation, [Target]) async throws -> JSONValue
    ) {
        self.callsOfArguments = callsOfArguments
        self.choice = choice
        self.aliases = aliases
        self.module = module
        self.function = function
        self.kind = kind
        self.summary = summary
        self.arguments = arguments
        self.calls = calls
        self.targets = targets
        self.run = run
        self.undo = undo
    }

    /// One argument.
    public struct Argument: Sendable {
        /// What a value may be; only what is declared is checked, after substitution.
        public enum Kind: String, Sendable {
            case text, integer, number, flag, list, object, any
        }

        /// Its name.
        public let name: String
        /// What it may be.
        public let kind: Kind
        /// What is taken when it is absent; nil when it is required.
        public let fallback: JSONValue?

        /// An argument; without a fallback it is required.
        public init(_ name: String, _ kind: Kind, _ fallback: JSONValue? = nil) {
            self.name = name
            self.kind = kind
            self.fallback = fallback
        }
    }

    /// An AWS operation, or a verb on objects of a Kubernetes cluster.
    public struct Call: Sendable, Hashable {
        /// Whose permission it needs.
        public enum System: Sendable, Hashable {
            case aws, kubernetes
        }

        /// The IAM action: `ec2:StopInstances`; or verb and resource as RBAC has them: `delete pods`,
        /// `create pods/exec`, `patch deployments.apps`.
        public let action: String
        /// Whether it only reads.
        public let isRead: Bool
        /// Whose permission it needs.
        public var system = System.aws

        /// A call that changes something.
        public static func change(_ action: String) -> Call { Call(action: action, isRead: false) }
        /// A call that only reads.
        public static func read(_ action: String) -> Call { Call(action: action, isRead: true) }

        /// A request to a Kubernetes cluster: an RBAC verb, and the resource with its group: `deployments.apps`.
        public static func kubernetes(_ verb: String, _ resource: String) -> Call {
            Call(
                action: "\(verb) \(resource)", isRead: ["get", "list", "watch"].contains(verb), system: .kubernetes)
        }
    }

    /// The activity as these arguments have it: with the calls that they name, and without an undo that they do not ask
    /// for.
    public func resolved(for arguments: JSONObject) -> NativeActivity {
        NativeActivity(
            module, function, kind, summary, arguments: self.arguments,
            calls: calls + (callsOfArguments?(arguments) ?? []), choice: choice,
            aliases: aliases, targets: targets, undo: undo.flatMap { $0.isWanted(arguments) ? $0 : nil }, run: run)
    }

    /// One call of an activity: its arguments after substitution and defaults, and what it works with.
    public struct Invocation: Sendable {
        /// The arguments by name; those that are absent have their fallbacks.
        public var arguments: JSONObject
        /// The experiment's configuration.
        public let configuration: JSONObject
        /// The secrets of the scopes that the provider names, joined.
        public let secrets: JSONObject
        /// Region, credentials and transport of the AWS calls.
        public let aws: AWSConfiguration
        /// What waits for sockets, for clients that are not AWS's.
        public let loop: EventLoop
        /// The time, waits and chance.
        public let time: TimeSource
        /// When the calls must have ended.
        public let deadline: Timestamp
        /// Decides what a random choice takes, so that a plan and its run hit the same targets.
        public let seed: UInt64

        /// An invocation.
        public init(
            arguments: JSONObject, configuration: JSONObject, secrets: JSONObject, aws: AWSConfiguration,
            loop: EventLoop, time: TimeSource, deadline: Timestamp, seed: UInt64
        ) {
            self.loop = loop
            self.arguments = arguments
            self.configuration = configuration
            self.secrets = secrets
            self.aws = aws
            self.time = time
            self.deadline = deadline
            self.seed = seed
        }
    }

    /// Something that an activity hits.
    public struct Target: Sendable, Hashable {
        /// The kind of resource, as in ARNs: `ec2:instance`.
        public let kind: String
        /// What names it in its region: `i-0123456789`.
        public let id: String
        /// The region; empty for what has none.
        public let region: String
        /// Its tags, where the service tells them.
        public let tags: [String: String]
        /// How many resources the activity could have chosen from, for limits in per cent.
        public let candidates: Int
        /// Its ARN, where an argument has it; the policy of the activity is limited to it, and the ledger does without.
        public let arn: String?

        /// A target.
        public init(
            kind: String, id: String, region: String = "", tags: [String: String] = [:], candidates: Int = 1,
            arn: String? = nil
        ) {
            self.arn = arn
            self.kind = kind
            self.id = id
            self.region = region
            self.tags = tags
            self.candidates = candidates
        }
    }

    /// How the effect of an action is undone.
    public struct Undo: Sendable {
        /// What the undo does, for plans: `starts the instances that were running`.
        public let summary: String
        /// The AWS operations that it may call.
        public let calls: [Call]
        /// Whether it is for an invocation with these arguments; always, unless the undo is one of them.
        public let isWanted: @Sendable (JSONObject) -> Bool
        /// Whether what is captured may hold secrets: it stays in the ledger, and never reaches journals or reports.
        public let isBeforeSecret: Bool
        /// Reads what must be known of a target to put it back; runs before the change.
        public let capture: @Sendable (Invocation, Target) async throws -> JSONValue
        /// Reads whether the target is as it was.
        public let check: @Sendable (Invocation, Target, _ before: JSONValue) async throws -> RestoreOutcome
        /// Puts the target back; may be called again after a failure.
        ///
        /// Its success is proven by `check`, so it says nothing itself.
        public let restore: @Sendable (Invocation, Target, _ before: JSONValue) async throws -> Void

        /// An undo.
        public init(
            _ summary: String, calls: [Call], isWanted: @escaping @Sendable (JSONObject) -> Bool = { _ in true },
            isBeforeSecret: Bool = false,
            capture: @escaping @Sendable (Invocation, Target) async throws -> JSONValue,
            check: @escaping @Sendable (Invocation, Target, JSONValue) async throws -> RestoreOutcome,
            restore: @escaping @Sendable (Invocation, Target, JSONValue) async throws -> Void
        ) {
            self.summary = summary
            self.calls = calls
            self.isWanted = isWanted
            self.isBeforeSecret = isBeforeSecret
            self.capture = capture
            self.check = check
            self.restore = restore
        }
    }
}

/// What has become of something that an experiment changed.
public enum RestoreOutcome: Sendable, Hashable {
    /// It was read, and it is as it was before.
    case restored
    /// It does not exist any more, or what was changed has ended: nothing can or need be put back.
    case nothingLeft(String)
    /// It is not as it was, or nobody knows.
    case stillBroken(String)
}
