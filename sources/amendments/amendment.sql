-- 人工核定的更正: amendments that a person decided on, in the columns of the table itself. The apostrophe that keeps a spreadsheet from taking
-- a text for a formula is taken off.
SELECT
    source_file,
    source_row,
    record_id,
    of_table,
    regexp_replace(of_record, '^''(\s*[=+\-@＝＋－＠])', '\1') AS of_record,
    regexp_replace(of_source, '^''(\s*[=+\-@＝＋－＠])', '\1') AS of_source,
    regexp_replace(of_enterprise, '^''(\s*[=+\-@＝＋－＠])', '\1') AS of_enterprise,
    kind,
    part,
    regexp_replace(value, '^''(\s*[=+\-@＝＋－＠])', '\1') AS value,
    replaced_by,
    law,
    event_date,
    known_date
FROM amendments_raw
