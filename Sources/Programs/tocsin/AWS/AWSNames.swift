import AWS
import Basics

/// Finds services, operations and parameters by the names that people type.
///
/// `DescribeInstances`, `describe-instances` and `describe_instances` are the same: case, `-` and `_` do not count.
/// No two names of a service differ in these alone, which a test checks.
enum AWSNames {
    /// A service by botocore's name, or by the AWS CLI's where that is another one.
    /// - Throws: `AWSCallError` with the nearest name.
    static func service(_ name: String) throws -> AWSService {
        let services = AWSService.all.map(\.service)
        // The AWS CLI gives the name s3 to its own commands.
        let wanted = name.lowercased() == "s3api" ? "s3" : name.lowercased()
        if let service = services.first(where: { $0.name == wanted }) { return service }
        let hint = try otherName(wanted) ?? services.map(\.name).nearest(to: wanted)
        throw AWSCallError(
            "There is no service \(name)" + (hint.map { ", did you mean \($0)?" } ?? ".")
                + " `tocsin aws` lists all services.")
    }

    /// The service that has this name in host names or policies, as in `states` for stepfunctions.
    private static func otherName(_ name: String) throws -> String? {
        let service = try AWSService.all.map(\.service).first { service in
            let names = try ServiceDescription(service).otherNames
            return names.contains { matches($0.filter { $0 != " " }, name) }
        }
        return service?.name
    }

    /// An operation by its name in any spelling.
    /// - Throws: `AWSCallError` with the nearest name.
    static func operation(_ name: String, of service: ServiceDescription, named serviceName: String) throws -> String {
        if let operation = service.operationNames.first(where: { matches($0, name) }) { return operation }
        if let operation = service.eventStreamNames.first(where: { matches($0, name) }) {
            throw AWSCallError("\(operation) streams events, which is not supported: use the AWS CLI for it.")
        }
        let hint = service.operationNames.map(dashed).nearest(to: dashed(name))
        throw AWSCallError(
            "\(serviceName) has no operation \(name)" + (hint.map { ", did you mean \($0)?" } ?? ".")
                + " `tocsin aws \(serviceName)` lists all operations.")
    }

    /// A waiter by its name in any spelling, with the operation that it calls.
    /// - Throws: `AWSCallError` with the nearest name, or with all names when none is given.
    static func waiter(
        _ name: String?, of service: ServiceDescription, _ serviceName: String
    ) throws -> (name: String, operation: String) {
        let waiters = try service.waiters
        let all = waiters.map { $0.name.replacing("_", with: "-") }
        guard !all.isEmpty else { throw AWSCallError("\(serviceName) has no waiters.") }
        guard let name else { throw AWSCallError("Wait for what? \(serviceName) has \(all.joined(separator: ", ")).") }
        if let waiter = waiters.first(where: { matches($0.name, name) }) { return waiter }
        let hint = all.nearest(to: name).map { "did you mean \($0)?" } ?? "give one of \(all.joined(separator: ", "))."
        throw AWSCallError("\(serviceName) has no waiter \(name), \(hint)")
    }

    /// Whether two names differ in case, `-` and `_` alone.
    static func matches(_ name: String, _ other: String) -> Bool { bare(name) == bare(other) }

    static func bare(_ name: String) -> String { name.lowercased().filter { $0 != "-" && $0 != "_" } }

    /// The AWS CLI's form of a name: `describe-db-instances` for `DescribeDBInstances`.
    ///
    /// Source: botocore's `xform_name`, which knows a few names by heart.
    static func dashed(_ name: String) -> String {
        if name.contains("-") || name.contains("_") { return name.lowercased() }
        var text = name.replacing("PartiQL", with: "Partiql").replacing("OTel", with: "Otel")
        // A plural of capitals is one word: DescribeVpcEndpointServicePermissions, but KeyARNs → key-arns.
        if let plural = text.firstMatch(of: /[A-Z]{2,}s$/) {
            text = text[..<plural.range.lowerBound] + "-" + text[plural.range].lowercased()
        }
        text = text.replacing(/(.)([A-Z][a-z]+)/) { "\($0.output.1)-\($0.output.2)" }
        text = text.replacing(/([a-z0-9])([A-Z])/) { "\($0.output.1)-\($0.output.2)" }
        return text.lowercased()
    }
}

/// What is wrong with a call, before anything was sent.
struct AWSCallError: Error, CustomStringConvertible {
    let message: String

    init(_ message: String) { self.message = message }

    var description: String { message }
}
