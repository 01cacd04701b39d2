import Foundation
import JSON

extension JSONValue {
    /// The value with the ids in the place of `<name>`.
    func filled(_ names: [String: String]) -> JSONValue {
        switch self {
        case .string(let text):
            .string(names.reduce(text) { $0.replacingOccurrences(of: "<\($1.key)>", with: $1.value) })
        case .array(let elements): .array(elements.map { $0.filled(names) })
        case .object(let members): .object(JSONObject(members.map { ($0.key, $0.value.filled(names)) }))
        default: self
        }
    }

    /// The value without what differs from call to call: times, ids of requests and of resources that are new.
    func comparable(_ names: [String: String], _ except: Set<String>, _ isUnordered: Bool) -> JSONValue {
        switch self {
        case .string(var text):
            for (name, id) in names { text = text.replacingOccurrences(of: id, with: "<\(name)>") }
            text.replace(/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,}(\+00:00|Z)/, with: "<time>")
            text.replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/, with: "<uuid>")
            text.replace(/\b(i|r|vol|eni|eni-attach|subnet|sg|vpc|ami)-[0-9a-f]{8,17}\b/, with: "<id>")
            text.replace(/ecs-svc\/[0-9]+/, with: "<deployment>")
            return .string(text)
        case .array(let elements):
            let elements = elements.map { $0.comparable(names, except, isUnordered) }
            return .array(isUnordered ? elements.sorted { "\($0)" < "\($1)" } : elements)
        case .object(let members):
            return .object(
                JSONObject(
                    members.filter { !except.contains($0.key) }.map { key, value in
                        let key = JSONValue.string(key).comparable(names, except, isUnordered).stringValue ?? key
                        switch key {
                        case "RequestId": return (key, .bool(value.stringValue != nil))
                        // Whether the headers are all there; their values tell of the request.
                        case "HTTPHeaders":
                            let names = (value.objectValue?.keys ?? []).map { $0.lowercased() }.sorted()
                            return (key, .array(names.map { .string($0) }))
                        case "PrivateIpAddress", "PrivateDnsName", "PublicDnsName", "PublicIpAddress", "PublicIp",
                            "MacAddress":
                            return (key, .bool(value.stringValue != nil))
                        default: return (key, value.comparable(names, except, isUnordered))
                        }
                    }))
        default: return self
        }
    }
}
