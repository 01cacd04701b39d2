public import AWS
public import Basics
import JSON

/// What alarms of tags need to know beside the resources: which metrics exist, and which systems instances run.
public struct AutoAlarmFacts: Sendable {
    private struct Metric: Hashable {
        var scope: AlarmScope
        var namespace: String
        var name: String
    }

    private var series: [Metric: [[String: String]]] = [:]
    private var platforms: [String: AutoAlarmPlatform] = [:]
    /// The names of dimensions that were seen: they tell where a key's parts begin.
    private(set) var dimensionNames: [AlarmScope: Set<String>] = [:]

    /// Nothing is known.
    public init() {}

    /// Adds a metric that exists.
    public mutating func addSeries(
        _ namespace: String, _ metric: String, _ dimensions: [String: String], in scope: AlarmScope
    ) {
        series[Metric(scope: scope, namespace: namespace, name: metric), default: []].append(dimensions)
        dimensionNames[scope, default: []].formUnion(dimensions.keys)
    }

    /// Adds the platform of an image or an instance, by its id.
    public mutating func addPlatform(_ platform: AutoAlarmPlatform, of id: String) { platforms[id] = platform }

    func platform(of resource: WatchedResource) -> AutoAlarmPlatform? {
        platforms[resource.name] ?? resource.dimensions["ImageId"].flatMap { platforms[$0] }
            ?? AutoAlarmPlatform(details: resource.attributes["platform"] ?? "", image: nil)
    }

    /// The value of one of the dimensions that are not in the tag.
    func dimension(_ name: String, of resource: WatchedResource, _ key: AutoAlarmKey) -> String? {
        if let value = resource.dimensions[name] { return value }
        if name == "AutoScalingGroupName" { return resource.tags["aws:autoscaling:groupName"] }
        if name == "Region", resource.kind == .distribution { return "Global" }
        guard let instance = resource.dimensions["InstanceId"] else { return nil }
        let metric = Metric(scope: resource.scope, namespace: key.namespace, name: key.metric)
        return series[metric]?.first { $0["InstanceId"] == instance && $0[name] != nil }?[name]
    }

    /// The series with these dimensions and no others, each once, in the order of their values; `*` is any value.
    func series(
        _ namespace: String, _ metric: String, _ dimensions: [String: String], in scope: AlarmScope
    ) -> [[String: String]] {
        let all = series[Metric(scope: scope, namespace: namespace, name: metric)] ?? []
        let found = Set(
            all.filter { candidate in
                candidate.count == dimensions.count
                    && dimensions.allSatisfy { name, value in
                        candidate[name].map { value == "*" || $0 == value } ?? false
                    }
            })
        func order(_ values: [String: String]) -> String { values.sorted { $0.key < $1.key }.map(\.value).joined() }
        return found.sorted { order($0) < order($1) }
    }
}

/// What must be looked up before the alarms of some resources can be made.
public struct AutoAlarmNeeds: Sendable, Hashable {
    /// Metrics whose dimensions are needed: a call of `ListMetrics` for each, and its pages.
    public struct Metric: Sendable, Hashable, Comparable {
        public var scope: AlarmScope
        public var namespace: String
        public var name: String
        /// The kind of the resources, for what could not be listed.
        public var kind: ResourceKind
        /// Set when only one instance is asked for.
        public var instance: String?

        public static func < (left: Self, right: Self) -> Bool {
            (left.scope, left.namespace, left.name, left.kind) < (right.scope, right.namespace, right.name, right.kind)
        }
    }

    public var metrics: Set<Metric> = []
    /// The images of instances by scope, for their platforms.
    public var images: [AlarmScope: Set<String>] = [:]
}

extension AutoAlarmTags {
    /// What must be looked up for these resources.
    public func needs(of resources: [WatchedResource]) -> AutoAlarmNeeds {
        var needs = AutoAlarmNeeds()
        let watched = resources.filter { isWatched($0) }
        let nothing = AutoAlarmFacts()
        for resource in watched {
            if resource.kind == .ec2Instance, settings.makesDefaultAlarms, nothing.platform(of: resource) == nil,
                let image = resource.dimensions["ImageId"]
            {
                needs.images[resource.scope, default: []].insert(image)
            }
            for request in requests(of: resource, nothing, vocabulary(nothing, resource.scope)) {
                let names = AutoAlarmDimensions.names(resource.kind, request.key.namespace, settings)
                let isUnknown = names.contains {
                    $0 != "AutoScalingGroupName" && nothing.dimension($0, of: resource, request.key) == nil
                }
                guard request.key.hasWildcard || isUnknown else { continue }
                needs.metrics.insert(
                    AutoAlarmNeeds.Metric(
                        scope: resource.scope, namespace: request.key.namespace, name: request.key.metric,
                        kind: resource.kind,
                        instance: watched.count == 1 && names.contains("InstanceId")
                            ? resource.dimensions["InstanceId"] : nil))
            }
        }
        return needs
    }
}

/// Looks up what alarms of tags need, in one scope.
public struct AutoAlarmLookup: Sendable {
    private let cloudWatch: AWSClient
    private let ec2: AWSClient
    private let scope: AlarmScope

    /// A look-up with clients of the scope.
    public init(cloudWatch: AWSClient, ec2: AWSClient, scope: AlarmScope) {
        self.cloudWatch = cloudWatch
        self.ec2 = ec2
        self.scope = scope
    }

    /// What was found, and how sure that is.
    public struct Result: Sendable {
        /// What could not be listed: then no alarm of these kinds may be deleted.
        public var incomplete: [IncompleteDiscovery] = []
        /// How many calls it took.
        public var calls = 0
    }

    /// Adds what is found to the facts; what cannot be read is part of the result.
    public func read(
        _ needs: AutoAlarmNeeds, into facts: inout AutoAlarmFacts, deadline: Timestamp? = nil
    ) async -> Result {
        var result = Result()
        for metric in needs.metrics.filter({ $0.scope == scope }).sorted() {
            do {
                try await readSeries(metric, &facts, &result, deadline)
            } catch {
                result.incomplete.append(
                    IncompleteDiscovery(
                        kind: metric.kind, scope: scope,
                        reason: "the metrics \(metric.namespace) \(metric.name) cannot be listed: \(error)"))
            }
        }
        do {
            try await readPlatforms(needs.images[scope] ?? [], &facts, &result, deadline)
        } catch {
            result.incomplete.append(
                IncompleteDiscovery(
                    kind: .ec2Instance, scope: scope, reason: "the platforms of images cannot be read: \(error)"))
        }
        return result
    }

    private func readSeries(
        _ metric: AutoAlarmNeeds.Metric, _ facts: inout AutoAlarmFacts, _ result: inout Result, _ deadline: Timestamp?
    ) async throws {
        var input: JSONObject = ["Namespace": .string(metric.namespace), "MetricName": .string(metric.name)]
        if let instance = metric.instance {
            input["Dimensions"] = [["Name": "InstanceId", "Value": .string(instance)]]
        }
        for try await page in cloudWatch.pages("ListMetrics", .object(input), deadline: deadline) {
            result.calls += 1
            for series in page["Metrics"]?.arrayValue ?? [] {
                var dimensions: [String: String] = [:]
                for dimension in series["Dimensions"]?.arrayValue ?? [] {
                    if let name = dimension["Name"]?.stringValue { dimensions[name] = dimension["Value"]?.stringValue }
                }
                facts.addSeries(metric.namespace, metric.name, dimensions, in: scope)
            }
        }
    }

    /// By a filter, since an id that is not there any more is then no error.
    private func readPlatforms(
        _ images: Set<String>, _ facts: inout AutoAlarmFacts, _ result: inout Result, _ deadline: Timestamp?
    ) async throws {
        var rest = images.sorted()[...]
        while !rest.isEmpty {
            let part = rest.prefix(200)
            rest = rest.dropFirst(200)
            let filters: JSONValue = [["Name": "image-id", "Values": .array(part.map { .string($0) })]]
            for try await page in ec2.pages("DescribeImages", ["Filters": filters], deadline: deadline) {
                result.calls += 1
                for image in page["Images"]?.arrayValue ?? [] {
                    let texts = (image["Name"]?.stringValue ?? "", image["Description"]?.stringValue ?? "")
                    let details = image["PlatformDetails"]?.stringValue ?? ""
                    guard let id = image["ImageId"]?.stringValue,
                        let platform = AutoAlarmPlatform(details: details, image: texts)
                    else { continue }
                    facts.addPlatform(platform, of: id)
                }
            }
        }
    }
}
