import AWS
import AWSPaginators
import Basics
import Experiments
import JSON
import Transport

/// The addresses under which hosts reach a service of AWS, for faults that drop what goes there.
enum ServiceAddresses {
    static let prefixListCalls: [NativeActivity.Call] = [
        .read("ec2:DescribeManagedPrefixLists"), .read("ec2:GetManagedPrefixListEntries"),
    ]
    static let endpointCalls: [NativeActivity.Call] = [
        .read("ec2:DescribeVpcEndpoints"), .read("ec2:DescribeNetworkInterfaces"),
    ]

    /// The prefixes of a service that has a prefix list of AWS: `s3` or `dynamodb`.
    ///
    /// The originals take them from ip-ranges.json, whose prefixes of S3 are those of all its endpoints together.
    static func prefixes(
        of service: String, _ invocation: NativeActivity.Invocation
    ) async throws -> [String] {
        let (ec2, region) = (try invocation.client(.ec2), try invocation.region())
        // Where the service has addresses of version 6, their list is named `ipv6.`.
        let names = ["", "ipv6."].map { "com.amazonaws.\(region).\($0)\(service)" }
        let lists = try await ec2.items(
            "DescribeManagedPrefixLists",
            ["Filters": [["Name": "prefix-list-name", "Values": JSONValue(texts: names)]]])
        var prefixes: [String] = []
        for id in lists.compactMap({ $0["PrefixListId"] }) {
            prefixes += try await ec2.items("GetManagedPrefixListEntries", ["PrefixListId": id])
                .compactMap { $0["Cidr"]?.stringValue }
        }
        guard !prefixes.isEmpty else {
            throw ExperimentError.failedActivity(
                "EC2 has no prefixes of \(names[0]) in \(region), so there is nothing to cut off")
        }
        return prefixes
    }

    /// The addresses of a service's endpoint and of the account's VPC endpoints for it.
    ///
    /// For services that share the prefixes of many others: ip-ranges.json has none of their own.
    static func endpoints(
        of service: AWSService, named name: String, _ invocation: NativeActivity.Invocation
    ) async throws -> [String] {
        let (ec2, region) = (try invocation.client(.ec2), try invocation.region())
        let names = ["", "cn."].map { "\($0)com.amazonaws.\(region).\(name)" }
        let endpoints = try await ec2.items(
            "DescribeVpcEndpoints", ["Filters": [["Name": "service-name", "Values": JSONValue(texts: names)]]])
        let interfaces = endpoints.flatMap { ($0["NetworkInterfaceIds"] ?? []).texts }
        var addresses: [String] = []
        if !interfaces.isEmpty {
            let found = try await ec2.items(
                "DescribeNetworkInterfaces", ["NetworkInterfaceIds": JSONValue(texts: interfaces)])
            for interface in found {
                addresses += [interface["PrivateIpAddress"]?.stringValue].compactMap(\.self)
                addresses += (interface["Ipv6Addresses"]?.elements ?? []).compactMap { $0["Ipv6Address"]?.stringValue }
            }
        }
        let url = try AWSClient(service, configuration: invocation.awsConfiguration()).endpointURL()
        let host = try RequestTarget(url).host
        do {
            addresses += try await NameResolver(loop: invocation.loop).addresses(of: host, port: 443).map(\.ip)
        } catch let error as TransportError {
            throw ExperimentError.failedActivity("the addresses of \(host) cannot be found: \(error.message)")
        }
        var known: Set<String> = []
        return addresses.filter { known.insert($0).inserted }
    }

    /// The host names of the brokers of an MSK cluster.
    static func brokers(of cluster: JSONValue, _ invocation: NativeActivity.Invocation) async throws -> [String] {
        let nodes = try await invocation.client(.kafka).items("ListNodes", ["ClusterArn": cluster])
        // Nodes that are no brokers have no endpoints.
        let brokers = nodes.flatMap { ($0["BrokerNodeInfo"]?["Endpoints"] ?? []).texts }
        guard !brokers.isEmpty else {
            throw ExperimentError.failedActivity("the cluster \(cluster.pythonText) has no brokers to cut off")
        }
        return brokers
    }
}
