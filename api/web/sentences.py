"""The hub's sentences as templates, in the words of the places that make them; ``api/web/phrases.py`` says how they are read.

Here stands what a page can show: reasons that the ledger keeps, and errors that end a form. What the gate says is not
here: its templates are taken from the tables of its rules.
"""

from __future__ import annotations

from hub.intake.guards import PATTERNS
from hub.routing.decide import RULES
from hub.routing.filters import REASONS as FELL_OUT

# hub/intake: guards, manifest, the chain of files
FILES = (
    "{n} rows where about {n2} are usual ({share}).",
    "Its name says {day}, {n} days ahead: a slip, it seems. While it counted, nothing that the dealer sends before that day "
    "would change anything. Reject it, and let the dealer send it again with the right day in its name.",
    "A full file of {n} rows where one file of changes held {n2}. If it holds changes only, its name (delta) or the "
    "specification must say so; if the dealer has really fewer records, release it.",
    "Most rows have no record_no: {n} of the first {n2}. Name the column of the dealer's key in the specification "
    "(columns: {record_no: HEADING}), or check which file was sent.",
    "If the export was cut or filtered, send it again whole; if the dealer has really fewer records, release it.",
    "If the export holds something else or everything twice, correct it; if it is right, release it.",
    "{n} of {n2} rows are bad ({share}; {share2} may be). The rejects file says why, row by row; correct the export or the "
    "specification and send the file again.",
    "The file breaks off within its last row, without a line end: it was cut on its way, or while it was written. Send it "
    "again whole.",
    "No column is mapped to record_no, so the rows cannot be told apart. Name the dealer's key in the specification: "
    "columns: {record_no: HEADING}.",
    "Columns gone that were not read: {names}.",
    "New columns that nothing reads: {names}. Map them, or list them under extra: or ignore:.",
    "The specification names columns that the file lacks: {names}. Correct the specification, or add them to the export.",
    "Columns that were read until now are gone: {names}. Put them back into the export; if they were renamed, correct the "
    "specification; if they are gone for good, release the file.",
    "» and {n} more",
    *(f"Column {{column}} holds values that look like a {kind}. Correct its heading or mapping." for kind in PATTERNS),
    "Column {column} can hardly be read any more: it is written otherwise than before.",
    "Correct the export, or the column's format in the specification.",
    "Columns {column} and {column2} have exchanged their contents. Correct the export, or the mapping of both.",
    "{n} of {n2} names hold question marks in place of letters. The export lost them: write it in an encoding that holds "
    "them (utf-8, cp1251), and send it again.",
    "{n} of {n2} names look wrongly decoded, most of them in {column}. The file was read as {encoding}; declare its true "
    "encoding in the specification (cp1251, cp866, koi8-r, utf-8), or repair the export.",
    "The manifest is larger than 64 KiB; it holds rows, bytes and sha256 only.",
    'The manifest is not valid JSON; it holds e.g. {"rows": 10, "bytes": 512, "sha256": …}.',
    "The manifest is not a JSON object with rows, bytes and sha256.",
    "The manifest's {key} is missing or no whole number.",
    "The manifest's sha256 is missing or not 64 hexadecimal digits.",
    "Without it the file cannot be believed; send both again.",
    "The file is not what its manifest says: {said}. Send both again.",
    "{n} bytes were sent and {n2} arrived",
    "the SHA-256 differs",
    "{n} rows were sent and {n2} read",
    "Of this day's full export another file is not in order: {names}.",
    "The file is empty (0 bytes). A feed without rows still has its heading row; send it again whole.",
    "If the dealer has really no records any more, release it.",
    "The hub could not read this file ({error}). It is tried again tonight; tell the operator.",
    "The hub failed to process this file ({error}). It is tried again; tell the operator.",
    "The hub's process died {n} times while it was at work on this file, which may be too large for the machine's memory. "
    "Tell the operator; release it to try again.",
    "Some rows could not be told apart, so no record was ended although some are absent.",
    "this record_no stands on several rows that differ; give each record its own number, or send it once",
    "The row has no record_no, so it cannot be told from the others. Give it its number.",
)

# hub/intake/readers: files and rows that cannot be read
READING = (
    "More than {n} rows: no feed is as long. Send several smaller files.",
    "A value of the Parquet file is longer than any row of a feed. Send plain columns of a table.",
    "Most rows cannot be parsed: {n} of the first {n2}. The last one {said}. Check the delimiter, the encoding and the "
    "export.",
    "breaks off where the file ends; the file was cut, send it again whole",
    "holds bytes that mean nothing in the file's encoding; correct them or declare the encoding",
    "holds a NUL character or half a surrogate pair, which is no text; remove it",
    "has {n} cells where the heading has {n2}; ",
    "quote a cell that holds the delimiter",
    "a delimiter or line end is misplaced",
    "has cells to the right of the {n} columns that have a heading; name or clear them",
    "is not a JSON object; each line holds one {…}",
    "is broken XML; check that every tag is closed, and escape < and &",
    "is cut short: </prospect> is missing; send the lead again",
    "More than {n} columns: this is not a feed's table. Check the delimiter and line ends, or which file was sent.",
    "The content is not {encoding}: it holds bytes that mean nothing there. Declare the right encoding in the "
    "specification, e.g. `encoding: cp1251`.",
    "The heading row does not end within 1 MiB, or its quotes are not closed. Check the quotes and line ends.",
    "The file holds no heading row, only blank lines. Send it with its heading row.",
    "Only one column with the delimiter {sign}; the headings seem to be separated by {sign2}. Correct `delimiter:` in the "
    "specification, or the export.",
    "A row is longer than {n} MiB. Check line ends and quotes of the export.",
    "A line is longer than {n} MiB. Send one JSON object a line.",
    "A prospect of the ADF file is larger than 4 MiB, or its end is missing. Send it again.",
    "One record of the XML is larger than any row of a feed. Check `record:`.",
    "XML nested more than {n} levels deep: this is not a feed's table. Send flat records.",
    "Nested more than {n} levels deep: this is not a feed's table. Send flat records.",
    "Nested more than {n} levels deep: this is not a feed's table. Send flat columns.",
    "The XML brings a DTD (<!DOCTYPE …> or entities), which is never read. Export without it.",
    "The XML declares an unknown encoding. Export as UTF-8, or declare encoding: in the specification.",
    "Broken XML at line {n}, column {n2}: {error}. Check the export, or whether the file was cut.",
    "No array of records found. Send [{…}, {…}], or name the array in the specification, e.g. record: data.items.",
    "Broken JSON near character {n}: check quotes, commas and brackets, or whether the file was cut.",
    "The JSON ends in the middle, after {n} characters: the file was cut. Send it again.",
    "The file holds no JSON, only blanks. A feed without rows is an empty array: [].",
    "No line of the file holds a JSON object. Send one {…} a line, or say what format: it is.",
    "The {kind} file unpacks to far more than a feed holds (over {n}× its size, or {n2} GiB). Send smaller files, or plain "
    "CSV.",
    "The file is empty (0 bytes). A feed without rows still has its heading row; send that.",
    "The archive holds an empty file (0 bytes). Send the file with its heading row.",
    "The file is packed twice. Pack it once, with gzip or zip, or not at all.",
    "The zip file holds {n} files. Put exactly one data file into each zip.",
    "The zip file holds a path that leads out of its folder. Pack the file without a path.",
    "The zip file holds a link instead of a file. Pack the file itself.",
    "The zip file is encrypted with a password. Send it without; the connection is encrypted.",
    "The zip file is damaged or packed by an unknown method. Pack it as plain zip.",
    "The {kind} file is cut short or damaged; send it again, as a whole.",
    "The Parquet file is cut short or damaged; write it again, and send it as a whole.",
    "The Parquet file says that it has more than {n} rows. Send smaller files.",
    "The Parquet file has columns of a type that is no table's. Send plain columns.",
    "The specification says {format}, but the content is not. Correct format: or the export.",
    "The content is binary, of no known format. Send CSV, XLSX, XML, JSON, NDJSON or Parquet.",
    "The specification says XML, but the content does not begin with '<'. Correct format:.",
    "The content is a web page, not data (a sign-in page, an error?). Export again.",
    "The workbook is cut short or damaged. Open it, save it again as XLSX or CSV, and send that.",
    "The worksheet has cells too far apart, or more than {n} of them. Delete what stands outside the table, or send CSV.",
    "The workbook is protected by a password. Save it without one; the connection is encrypted.",
    "The worksheet is empty. A feed without rows still has its heading row; send that.",
    "The workbook has no sheet of the name in the specification. Correct `sheet:`.",
    "The workbook has no visible worksheet. Send one with the table on its first sheet.",
)

# hub/prospects/reasons: why a dealer holds a prospect
HOLDING = (
    "an objection to processing of {day} is in force",
    "the customer chose this dealer on {day}",
    "head office ruled so on {day}",
    "a contract or order with deposit of {day} is open",
    "the earliest live claim with proven two-way contact, of {day}",
    "serviced the customer's car last, on {day}",
    "delivered the customer's last car on {day}",
    "head office allocated the prospect on {day}",
    "the only live claim, of {day}",
    "the customer lives in its territory",
    "the nearest claimant, {n} km away",
    "waits for a person at head office",
)

# hub/prospects/policy: what is wrong with a policy's text
POLICY = (
    "{place}: version: give the policy a name of letters, digits, '.', '-' and '_'.",
    "{place}: belief.first_load: {said} is not one of {names}.",
    "{place}.purpose: {said} is not one of {names}.",
    "{place}: for: must be a list such as `- {brand: Mazda, claims: {protected: 60d}}`.",
    "{place}: must be a mapping, as in the policy that ships with the hub.",
    "{place}: must be a mapping with brand, purpose, or both.",
    "{place}: must be a mapping.",
    "{place}: must be a list of words.",
    "{place}: names neither brand nor purpose; say which prospects it is for.",
    "{place}: rules: must be a list of rules; known are {names}.",
    "{place}: rules: a rule is listed twice; keep the first.",
    "{place}: rules: legal_stop must come first: what the law forbids, no rule grants.",
    "{place}: rules: head_office must come last: a person decides what is left.",
    "{place}: rules: unknown rule {said}; {cure}",
    "{place}: unknown key {said}; {cure}",
    "did you mean {name}?",
    "known are {names}.",
    "{place}: claims.protected is longer than claims.longest; shorten it.",
    "{place}: claims.silence is longer than claims.protected, so it would never act; shorten it.",
    "{place}: {said} is no duration; write hours, days or years: 72h, 90d, 5y.",
    "{place}: {said} is no whole number of {n} or more.",
    "Policy {name} is known: give the changed file a `version:` of its own.",
    "There is no policy {name}; `dealerhub policy list` shows those that are there.",
    "The hub failed on it ({error}). Try again, or tell the operator.",
    "A policy does not judge what is past: choose a day from today on, or leave it empty for now.",
    "History begins before today: choose an earlier day.",
    "Write the day as 2026-12-31, or leave it empty for now.",
    "There is no such trial.",
)

# hub/routing, hub/flows: what ends a form of leads, conflicts, uploads
WORK = (
    "The lead is not this dealer's any more.",
    "A lead that is {word} cannot be {word2}.",
    "There is no such dealer; `dealers sync` brings the registry in.",
    "There is no such dealer.",
    "Unknown dealer {dealer}; `dealerhub dealers sync` brings the importer's registry in.",
    "Unknown dealer {dealer}; `dealerhub dealers sync` brings the registry in.",
    "The lead is this dealer's already.",
    "The customer has refused, or withdrawn, that the data go to this dealer.",
    "The lead is not with a dealer that could be told, or not with you any more.",
    "The person was erased.",
    "`dealer` is not in the registry; write its code.",
    "Name the brand and the purpose of the prospect.",
    "There is no such conflict.",
    "The conflict is over: no two claims live any more.",
    "`dealer` has no claim in this conflict; name one of its dealers.",
    "There is no such appeal.",
    "The appeal is answered already; a ruling on the conflict may change what was decided.",
    "Unknown dealer. `GET /v1/dealers` lists the codes.",
    "The upload to mend holds {word}: send the mended rows as that feed.",
    "Upload {n} is {word}; only a held one can be released.",
    "Upload {n} is {word}; only a held one can be rejected.",
    "There is no upload {n}; `dealerhub uploads` lists them.",
    "The archive lacks the file {name}…; restore it from a backup or send it again.",
    "A dealer uploads for itself; leave `dealer` out.",
    "Name the dealer whose file it is: `dealer=CODE`.",
    "The file is above the limit of {n} bytes. Compress it (gzip), or send a delta.",
    "The file is empty. Send its bytes as the body, or as the part `file` of a form.",
    "The form was cut short. Send it again.",
    "Send the file as the part `file` of the form.",
    "Send one file a request: the form has several parts.",
    "The form's field `{name}` is too long.",
    "The form's Content-Type lacks its boundary.",
    "The form's boundary cannot be used.",
    "The form cannot be read. Send it as multipart/form-data with one part `file`.",
    "The form's one part must be called `file`; feed and day go into the query.",
)

# hub/flows and hub/matching: what stewards decide, and why two customers are two
DECIDING = (
    "It contradicts what was decided before, and still stands: {names}. Take back one of them that is wrong, or name it in "
    "`replaces`.",
    "There is no decision {n}.",
    "Decision {n} was taken back already.",
    "There is no pin {n}.",
    "Pin {n} was taken back already.",
    "There is no record {name}.",
    "Record {name} was erased, or its upload revoked.",
    "The base does not hold record {name}.",
    "A company is never a person: these records are of the kinds {names}.",
    "A house account is nobody: it cannot be the same as another record.",
    "The verdict is one of: {names}.",
    "A record is named twice.",
    "A judgement speaks of 2 to {n} records; this one names {n2}.",
    "A split has two groups of records at least, and none of them empty.",
    "There is no field of that name to pin; there are {names}.",
    "Record {name} says nothing of {field}: there is no value to pin.",
    "At most {n} customers can be compared side by side.",
    "This form names no records. Load the page again, and send it once more.",
    "{name} is at this case now. Nothing was decided.",
    "The hub is matching the night's files just now. Try again in a minute.",
    "There is no such record.",
    "The record was erased or revoked.",
    "Both ids are of one record: there is nothing to compare.",
    "More than {n} records are connected with it: they cannot be told one by one.",
    "They are one customer: a steward said so.",
    "They are two customers: a steward said so.",
    "They are one customer: their own evidence reaches the threshold.",
    "They are one customer by the records between them; their own evidence alone would not join them.",
    "They are two customers, and may not be one: {levels}.",
    "They are two customers until a steward decides: either could as well belong to a third that contradicts.",
    "They are two customers until a steward decides ({word}).",
    "They are two customers now, though all evidence between them reaches the threshold: the base changed since the last "
    "matching, or another cluster stood in the way.",
    "They share no key.",
    "They are two customers: they share no key, so that the hub never compared them.",
    "They are two customers: the evidence between them does not reach the threshold.",
)

# hub/routing: why a dealer has a lead, and why others could not have it
ROUTING = (*FELL_OUT.values(), *RULES.values())

# hub/flows, hub/store, hub/access: people and keys
PEOPLE = (
    "You make accounts for your own dealer alone.",
    "You administer your own dealer's accounts alone.",
    "An account needs the person's name.",
    "An account needs a login and the person's name.",
    "The login {name} is taken.",
    "Unknown role {name}; people have {names}. Programs get a key: dealerhub keys.",
    "A person of role dealer needs --dealer CODE, and no other role has one.",
    "Unknown role {name}; the roles are {names}.",
    "A key of role dealer needs --dealer CODE, and no other role has one.",
    "This key has ended; make a new one.",
    "A password has {n} to {n2} characters; a sentence of four words is easy to keep.",
    "Please sign in.",
)

SENTENCES = (*FILES, *READING, *HOLDING, *POLICY, *WORK, *DECIDING, *ROUTING, *PEOPLE)
