-- 人工核定的更正: amendments that a person decided on, in the columns of the table itself.
SELECT
    source_file,
    source_row,
    record_id,
    of_table,
    of_record,
    of_source,
    of_enterprise,
    kind,
    part,
    value,
    replaced_by,
    law,
    event_date,
    known_date
FROM amendments_raw
