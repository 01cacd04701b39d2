public import AWS
public import Basics
import JSON

/// What alarms of tags need to know beside the resources: which metrics exist, and which systems instances run.
public struct AutoAlarmFacts: Sendable {
    /// The series of the metrics that ``AutoAlarmTags/needs(of:)`` names.
    public var series: MetricSeriesIndex
    private var platforms: [String: AutoAlarmPlatform] = [:]
    /// Metrics whose series could not be listed whole.
    private var unlisted: [AlarmScope: Set<MetricName>] = [:]

    /// What is known of metrics, and no platform.
    public init(series: MetricSeriesIndex = MetricSeriesIndex()) { self.series = series }

    /// Adds the platform of an image or an instance, by its id.
    public mutating func addPlatform(_ platform: AutoAlarmPlatform, of id: String) { platforms[id] = platform }

    /// Notes that the series of a metric could not be listed whole: what is not among them may exist all the same.
    public mutating func noteUnlisted(_ metric: MetricName, in scope: AlarmScope) {
        unlisted[scope, default: []].insert(metric)
    }

    func isListed(_ metric: MetricName, in scope: AlarmScope) -> Bool { unlisted[scope]?.contains(metric) != true }

    func platform(of resource: WatchedResource) -> AutoAlarmPlatform? {
        platforms[resource.name] ?? resource.dimensions["ImageId"].flatMap { platforms[$0] }
            ?? AutoAlarmPlatform(details: resource.attributes["platform"] ?? "", image: nil)
    }
}

/// What must be looked up before the alarms of some resources can be made.
public struct AutoAlarmNeeds: Sendable, Hashable {
    /// A metric whose dimensions are needed: a call of `ListMetrics`, and its pages.
    public struct Metric: Sendable, Hashable, Comparable {
        /// Where.
        public var scope: AlarmScope
        /// Its namespace and name.
        public var name: MetricName
        /// The kind of the resources, for what could not be listed.
        public var kind: ResourceKind
        /// Set when only one instance is asked for.
        public var instance: String?

        /// By scope, name and kind.
        public static func < (left: Self, right: Self) -> Bool {
            (left.scope, left.name, left.kind) < (right.scope, right.name, right.kind)
        }
    }

    /// Metrics of which the dimensions are needed.
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
            for request in requests(of: resource, nothing) {
                let dimensions = dimensions(of: request, resource)
                guard !dimensions.listed.isEmpty else { continue }
                needs.metrics.insert(
                    AutoAlarmNeeds.Metric(
                        scope: resource.scope, name: MetricName(request.key.namespace, request.key.metric),
                        kind: resource.kind,
                        instance: watched.count == 1 ? dimensions.fixed["InstanceId"] : nil))
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
                facts.noteUnlisted(metric.name, in: scope)
                result.incomplete.append(
                    IncompleteDiscovery(
                        kind: metric.kind, scope: scope,
                        reason: "the metrics \(metric.name) cannot be listed: \(error)"))
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
        var input: JSONObject = [
            "Namespace": .string(metric.name.namespace), "MetricName": .string(metric.name.name),
        ]
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
                facts.series.add(dimensions, of: metric.name, in: scope)
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
