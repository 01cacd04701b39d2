import JSON

/// An object being read, with the place it stands at for the faults found in it.
struct Fields {
    let object: JSONObject
    let path: String
    /// Goes into every fault; set once it is known.
    var recordID: String?

    init(_ value: JSONValue, at path: String, recordID: String? = nil) throws(EventError) {
        guard case .object(let object) = value else {
            throw EventError(.wrongType, at: path, "must be an object, not \(value.kindName)", recordID: recordID)
        }
        (self.object, self.path, self.recordID) = (object, path, recordID)
    }

    /// A field that must be there and not null.
    func value(_ key: String) throws(EventError) -> JSONValue {
        guard let value = object[key], value != .null else { throw fault(.missingField, key, "is missing") }
        return value
    }

    func string(_ key: String) throws(EventError) -> String {
        let value = try value(key)
        guard case .string(let string) = value else {
            throw fault(.wrongType, key, "must be a string, not \(value.kindName)")
        }
        return string
    }

    func fault(_ code: EventError.Code, _ key: String, _ message: String) -> EventError {
        EventError(code, at: path.isEmpty ? key : "\(path).\(key)", message, recordID: recordID)
    }
}
