import Basics
import JSON
import Transport

/// Reads the error that a service answered, in the form of its protocol.
struct FaultParser {
    let model: ServiceModel
    let response: WireResponse

    /// The error with all that the response tells.
    ///
    /// Never fails: a proxy's HTML page is an error as well.
    func fault() -> ServiceFault {
        var fault =
            switch model.metadata.wireProtocol {
            case _ where isGeneric: statusFault()
            case .query, .ec2, .restXML: xmlFault() ?? statusFault()
            case .json, .restJSON: jsonFault()
            }
        if fault.requestID == nil { fault.requestID = response.requestID }
        // Members that do not fit the error's shape are left out; the code alone is worth having.
        fault.members = (try? members(fault.code)) ?? [:]
        return fault
    }

    /// Whether a proxy or load balancer answered for the service: status 500 or more with no body or an HTML page.
    private var isGeneric: Bool {
        let start = response.body.drop(while: \.isASCIIWhitespace)
        return response.status >= 500 && (start.isEmpty || start.starts(with: "<html>".utf8))
    }

    private func statusFault() -> ServiceFault {
        fault(["Code": .string(String(response.status)), "Message": .string(reasonPhrase(response.status))])
    }

    private func fault(_ error: JSONObject, requestID: String? = nil) -> ServiceFault {
        let code = error["Code"]?.stringValue ?? ""
        return ServiceFault(
            code: code.isEmpty ? String(response.status) : code, message: error["Message"]?.stringValue ?? "",
            status: response.status, requestID: requestID, error: error
        )
    }

    private func xmlFault() -> ServiceFault? {
        guard let root = try? XMLReader.read(response.body) else { return nil }
        // S3's document is the error itself.
        if model.metadata.wireProtocol == .restXML, root.name == "Error" {
            var details = root.details
            details["RequestId"] = nil
            details["HostId"] = nil
            return fault(details, requestID: root.first("RequestId")?.text)
        }
        guard let element = root.errorElement else { return nil }
        return fault(element.details, requestID: (root.first("RequestId") ?? root.first("RequestID"))?.text)
    }

    private func jsonFault() -> ServiceFault {
        let text = String(decoding: response.body, as: UTF8.self)
        let body = (try? JSONOutput.object(response.body)) ?? ["message": .string(text)]
        var error: JSONObject = ["Message": body["message"] ?? body["Message"] ?? "", "Code": ""]
        var code = bareCode(body["__type"]?.stringValue ?? String(response.status))
        if let query = response.headers["x-amzn-query-error"]?.split(separator: ";", omittingEmptySubsequences: false),
            query.count == 2, !query[0].isEmpty
        {
            error["QueryErrorCode"] = .string(code)
            error["Type"] = .string(String(query[1]))
            code = String(query[0])
        }
        if model.metadata.wireProtocol == .restJSON,
            let named = response.headers["x-amzn-errortype"] ?? (body["code"] ?? body["Code"])?.stringValue
        {
            code = bareCode(named)
        }
        error["Code"] = .string(code)
        return fault(error)
    }

    /// `aws.protocoltests#FooError:http://…` is `FooError`.
    private func bareCode(_ code: String) -> String {
        let name = code.prefix { $0 != ":" }
        return name.lastIndex(of: "#").map { String(name[$0...].dropFirst()) } ?? String(name)
    }

    /// The members of the error's own shape.
    private func members(_ code: String) throws(AWSError) -> JSONObject {
        guard !isGeneric, let (shape, graph) = try model.error(code) else { return [:] }
        switch model.metadata.wireProtocol {
        case .query, .ec2:
            let root = try XMLReader.read(response.body)
            var output = XMLOutput(graph: graph)
            return try output.members(root.errorElement ?? root, shape)
        case .json:
            return try JSONOutput(graph: graph, convertsScalars: false).members(JSONOutput.object(response.body), shape)
        case .restJSON, .restXML:
            return try RestOutput(graph: graph, wireProtocol: model.metadata.wireProtocol, isError: true)
                .members(response, shape).members
        }
    }
}

extension WireResponse {
    /// The request id in the headers.
    ///
    /// `query` and `ec2` have it in the body instead.
    var requestID: String? { headers["x-amzn-requestid"] ?? headers["x-amz-request-id"] }
}

/// The reason phrase of a status, which boto3 gives as the message of a response without an error of its own.
package func reasonPhrase(_ status: Int) -> String {
    switch status {
    case 301: "Moved Permanently"
    case 302: "Found"
    case 303: "See Other"
    case 304: "Not Modified"
    case 305: "Use Proxy"
    case 307: "Temporary Redirect"
    case 308: "Permanent Redirect"
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 402: "Payment Required"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 406: "Not Acceptable"
    case 407: "Proxy Authentication Required"
    case 408: "Request Timeout"
    case 409: "Conflict"
    case 410: "Gone"
    case 411: "Length Required"
    case 412: "Precondition Failed"
    case 413: "Request Entity Too Large"
    case 414: "Request-URI Too Long"
    case 415: "Unsupported Media Type"
    case 416: "Requested Range Not Satisfiable"
    case 417: "Expectation Failed"
    case 421: "Misdirected Request"
    case 429: "Too Many Requests"
    case 431: "Request Header Fields Too Large"
    case 500: "Internal Server Error"
    case 501: "Not Implemented"
    case 502: "Bad Gateway"
    case 503: "Service Unavailable"
    case 504: "Gateway Timeout"
    case 505: "HTTP Version Not Supported"
    default: ""
    }
}

/// An error that a service answered.
struct ServiceFault: Error, Sendable {
    /// Without namespace: `NoSuchBucket`.
    ///
    /// The status when the response names no code.
    var code: String
    /// The service's text; empty when it gave none.
    var message: String
    /// 500 for an error that S3 sent with status 200.
    var status: Int
    /// The service's id of the request.
    var requestID: String?
    /// boto3's `Error`: `Code`, `Message`, and what else the service tells (`Type`, `BucketName`).
    var error: JSONObject
    /// The members of the error's own shape, when its code is in the model.
    var members: JSONObject = [:]
}

extension XMLElement {
    /// The `Error` inside an error document: `ErrorResponse/Error` or, of `ec2`, `Response/Errors/Error`.
    var errorElement: XMLElement? { (first("Errors") ?? self).first("Error") }

    /// The element's children as JSON: text, nested objects, null for what is empty.
    var details: JSONObject {
        JSONObject(
            children.map { child in
                if !child.children.isEmpty { return (child.name, .object(child.details)) }
                return (child.name, child.text.isEmpty ? .null : .string(child.text))
            }
        )
    }
}
