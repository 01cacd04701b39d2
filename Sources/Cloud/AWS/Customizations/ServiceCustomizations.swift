import Basics
import JSON

/// What botocore does beside the models for the services that need little.
///
/// S3 needs more, and has a file of its own.
extension Customization {
    static var apiGateway: [Customization] {
        // Without it the service answers in another form of JSON (HAL).
        [.header(name: "Accept", value: "application/json")]
    }

    static var autoScaling: [Customization] {
        [.input("CreateLaunchConfiguration", change: encodeUserData)]
    }

    static var cloudWatchLogs: [Customization] {
        [.input("CreateExportTask") { input, _ throws(AWSError) in try rename("fromTime", to: "from", in: &input) }]
    }

    static var dynamoDB: [Customization] {
        [.header("DescribeEndpoints", name: "x-amz-api-version", value: "2012-08-10")]
    }

    static var ec2: [Customization] {
        [
            .input("RunInstances", change: encodeUserData),
            .input(
                "DescribeFlowLogs", "DescribeHostReservationOfferings", "DescribeHostReservations", "DescribeHosts",
                "DescribeNatGateways"
            ) { input, _ throws(AWSError) in try rename("Filters", to: "Filter", in: &input) },
            .call("CopySnapshot", change: presignCopySnapshot),
            .output("GetConsoleOutput") { output, _, _, _ in decodeConsoleOutput(in: &output.value) },
        ]
    }

    static var iam: [Customization] {
        [.output { output, _, _, _ in output.value = decodePolicies(in: output.value) }]
    }

    static var rds: [Customization] {
        [
            .call(
                "CopyDBClusterSnapshot", "CopyDBSnapshot", "CreateDBCluster", "CreateDBInstanceReadReplica",
                "StartDBInstanceAutomatedBackupsReplication", change: presignCopy
            )
        ]
    }

    static var route53: [Customization] {
        [
            .input { input, _ in
                for name in [
                    "ChangeId", "DelegationSetId", "HostedZoneId", "HostedZoneIdMarker", "StartAfterChangeId",
                ] { removePath(from: name, in: &input) }
            },
            // The `Id` of other operations is not one of a zone, a set or a change.
            .input(
                "DeleteHostedZone", "DeleteReusableDelegationSet", "GetChange", "GetHostedZone",
                "GetReusableDelegationSet", "UpdateHostedZoneComment"
            ) { input, _ in removePath(from: "Id", in: &input) },
        ]
    }

    static var ssooidc: [Customization] {
        [.response(change: nameOAuthError)]
    }
}

/// `UserData` is given as plain text.
private func encodeUserData(_ input: inout JSONObject, _ operation: OperationModel) {
    guard let text = input["UserData"]?.stringValue else { return }
    input["UserData"] = .string(Base64.encode(Array(text.utf8)))
}

/// Takes a parameter by the name that boto3 documents, where the model has another.
private func rename(_ alias: String, to name: String, in input: inout JSONObject) throws(AWSError) {
    guard let value = input[alias] else { return }
    guard input[name] == nil else {
        throw AWSError(.invalidParameter, "\(alias) and \(name) are the same parameter: give one of them")
    }
    input[alias] = nil
    input[name] = value
}

/// `/hostedzone/Z1`, as Route 53 answers, becomes `Z1`, as it wants to be asked.
private func removePath(from name: String, in input: inout JSONObject) {
    guard let id = input[name]?.stringValue, let slash = id.utf8.lastIndex(of: UInt8(ascii: "/")) else { return }
    input[name] = .string(String(id[slash...].dropFirst()))
}

/// OAuth 2 has a member of its own for the message of an error.
private func nameOAuthError(_ response: inout WireResponse, _ operation: OperationModel) {
    guard response.status >= 400, var body = (try? JSONValue(parsing: response.body))?.objectValue,
        let text = body["error_description"]?.stringValue, !text.isEmpty,
        (body["Message"] ?? body["message"] ?? "").stringValue ?? "" == ""
    else { return }
    body["Message"] = .string(text)
    response.body = JSONValue.object(body).serialized()
}

/// The console's text; bytes that are not UTF-8 become U+FFFD.
private func decodeConsoleOutput(in output: inout JSONObject) {
    guard let bytes = output["Output"]?.stringValue.flatMap(Base64.decode) else { return }
    output["Output"] = .string(String(decoding: bytes, as: UTF8.self))
}

/// IAM sends policies as percent-encoded JSON; what is not stays as it is.
private func decodePolicies(in members: JSONObject) -> JSONObject {
    JSONObject(
        members.map { name, value in
            switch (name, value) {
            case ("AssumeRolePolicyDocument", .string(let text)), ("PolicyDocument", .string(let text)),
                ("AssumeRolePolicyDocumentTemplate", .string(let text)), ("Document", .string(let text)):
                (name, (try? JSONValue(parsing: percentDecoded(text, plusAsSpace: false))) ?? value)
            case (_, .object(let members)): (name, .object(decodePolicies(in: members)))
            case (_, .array(let elements)):
                (name, .array(elements.map { $0.objectValue.map { .object(decodePolicies(in: $0)) } ?? $0 }))
            default: (name, value)
            }
        }
    )
}
