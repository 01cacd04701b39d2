public import AWS
import AWSResources
public import Basics
import JSON

/// An instance, as the original's file searches for it.
public struct OriginalHost: Sendable, Hashable {
    /// `i-0123456789`.
    public var instance: String
    /// The private IPv4 address.
    public var address: String
    /// Its tags.
    public var tags: [String: String]
    /// The name of the last record in Route 53 that has the address, without the dot at its end.
    public var name: String?

    /// An instance.
    public init(instance: String, address: String, tags: [String: String] = [:], name: String? = nil) {
        self.instance = instance
        self.address = address
        self.tags = tags
        self.name = name
    }

    func arn(in scope: AlarmScope) -> String {
        "\(ARN(service: "ec2", region: scope.region, account: scope.account, resource: "instance/\(instance)"))"
    }
}

/// The instances, and how sure that is.
public struct OriginalHosts: Sendable {
    /// In the order of EC2.
    public var hosts: [OriginalHost]
    /// What could not be listed whole: then no alarm of an instance may be deleted.
    public var incomplete: [IncompleteDiscovery]
    /// How many calls it took.
    public var calls: Int

    /// What was found.
    public init(hosts: [OriginalHost] = [], incomplete: [IncompleteDiscovery] = [], calls: Int = 0) {
        self.hosts = hosts
        self.incomplete = incomplete
        self.calls = calls
    }
}

/// Reads the instances of a region and their names in Route 53.
///
/// Other than the original it reads all pages, every instance of a reservation, and none that is gone.
public struct OriginalHostReader: Sendable {
    private let ec2: AWSClient
    private let route53: AWSClient
    private let scope: AlarmScope

    /// A reader.
    public init(ec2: AWSClient, route53: AWSClient, scope: AlarmScope) {
        self.ec2 = ec2
        self.route53 = route53
        self.scope = scope
    }

    /// Reads what there is; what cannot be read is part of the result.
    public func hosts(deadline: Timestamp? = nil) async -> OriginalHosts {
        var result = OriginalHosts()
        do {
            try await readInstances(&result, deadline)
        } catch {
            result.incomplete.append(incomplete("instances cannot be listed: \(error)"))
            return result
        }
        if result.hosts.isEmpty { return result }
        do {
            try await readNames(&result, deadline)
        } catch {
            // Another record could be the last one, which gives the name.
            result.incomplete.append(incomplete("the names of instances cannot be read: \(error)"))
        }
        return result
    }

    private func incomplete(_ reason: String) -> IncompleteDiscovery {
        IncompleteDiscovery(kind: .ec2Instance, scope: scope, reason: reason)
    }

    /// Stopped instances keep their alarms, as in the original: a missing host is what they tell of.
    private func readInstances(_ result: inout OriginalHosts, _ deadline: Timestamp?) async throws {
        let states: JSONValue = ["pending", "running", "stopping", "stopped"]
        let filters: JSONValue = [["Name": "instance-state-name", "Values": states]]
        let pages = ec2.pages("DescribeInstances", ["Filters": filters, "MaxResults": 1_000], deadline: deadline)
        for try await page in pages {
            result.calls += 1
            for reservation in page["Reservations"]?.arrayValue ?? [] {
                result.hosts += (reservation["Instances"]?.arrayValue ?? []).compactMap { OriginalHost($0) }
            }
        }
    }

    private func readNames(_ result: inout OriginalHosts, _ deadline: Timestamp?) async throws {
        var zones: [String] = []
        for try await page in route53.pages("ListHostedZones", deadline: deadline) {
            result.calls += 1
            zones += (page["HostedZones"]?.arrayValue ?? []).compactMap { $0["Id"]?.stringValue }
        }
        let addresses = Set(result.hosts.map(\.address))
        var names: [String: String] = [:]
        for zone in zones {
            for try await page in route53.pages(
                "ListResourceRecordSets", ["HostedZoneId": .string(zone)], deadline: deadline)
            {
                result.calls += 1
                Self.addNames(of: page, addresses, &names)
            }
        }
        for index in result.hosts.indices { result.hosts[index].name = names[result.hosts[index].address] }
    }

    private static func addNames(of page: JSONValue, _ addresses: Set<String>, _ names: inout [String: String]) {
        for set in page["ResourceRecordSets"]?.arrayValue ?? [] {
            guard let name = set["Name"]?.stringValue else { continue }
            for record in set["ResourceRecords"]?.arrayValue ?? [] {
                guard let value = record["Value"]?.stringValue, addresses.contains(value) else { continue }
                names[value] = name.hasSuffix(".") ? String(name.dropLast()) : name
            }
        }
    }
}

extension OriginalHost {
    /// Of an entry of `DescribeInstances`; nil for one without a private address.
    fileprivate init?(_ instance: JSONValue) {
        guard let id = instance["InstanceId"]?.stringValue,
            let address = instance["PrivateIpAddress"]?.stringValue, !address.isEmpty
        else { return nil }
        var tags: [String: String] = [:]
        for tag in instance["Tags"]?.arrayValue ?? [] {
            if let key = tag["Key"]?.stringValue { tags[key] = tag["Value"]?.stringValue ?? "" }
        }
        self.init(instance: id, address: address, tags: tags)
    }
}
