# Faults on hosts and in containers, as documents of Systems Manager → Run Command → the scripts of docs/ssm-documents.md.

locals {
  documents = jsondecode(file("${path.module}/ssm-documents.json"))

  # Under its aliases, too: an experiment finds a document under the spelling that it has.
  document_names = merge([for name, document in local.documents.documents : {
    for spelling in concat([name], document.aliases) : spelling => name
  }]...)

  # By pattern, the documents that it names.
  wanted_documents = { for pattern in local.chaos.documents : pattern => [
    for name in keys(local.document_names) : name
    if can(regex("^${replace(pattern, "*", ".*")}$", name))
  ] }
}

resource "aws_ssm_document" "fault" {
  for_each = toset(flatten(values(local.wanted_documents)))

  name            = each.key
  document_type   = "Command"
  document_format = "JSON"
  tags            = var.tags

  content = jsonencode({
    schemaVersion = "2.2"
    description   = local.documents.documents[local.document_names[each.key]].description
    parameters    = local.documents.documents[local.document_names[each.key]].parameters
    mainSteps = [{
      action       = "aws:runShellScript"
      name         = "fault"
      precondition = { StringEquals = ["platformType", "Linux"] }
      inputs = {
        timeoutSeconds = local.documents.timeout
        runCommand = split("\n", join("\n", concat(
          [local.documents.documents[local.document_names[each.key]].start],
          [for script in local.documents.documents[local.document_names[each.key]].scripts : local.documents.scripts[script]],
          [local.documents.documents[local.document_names[each.key]].end],
        )))
      }
    }]
  })
}

check "documents_exist" {
  assert {
    condition     = alltrue([for names in values(local.wanted_documents) : length(names) > 0])
    error_message = "No document is called ${join(" or ", [for pattern, names in local.wanted_documents : pattern if length(names) == 0])}: docs/ssm-documents.md lists them all. chaos_executor.documents are their names, with * for any part."
  }
}
