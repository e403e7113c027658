looked_back AS (
  SELECT *
  FROM (
    VALUES {% for days in windows %}({{ days }}){{ "" if loop.last else ", " }}{% endfor %}

  ) w (window_days)
),
