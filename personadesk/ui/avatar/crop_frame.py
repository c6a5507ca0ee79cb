"""Where the circle stands on a picture, and how far it may go."""

from personadesk.domain.avatar import Crop

SMALLEST_SIDE_PX = 64
MOST_ZOOM = 10.0


class CropFrame:
    """A square within a picture: its centre and its side, in the upright source's pixels."""

    def __init__(self, width: int, height: int, crop: Crop | None = None) -> None:
        self.width = width
        self.height = height
        self.largest = float(min(width, height))
        self.smallest = min(self.largest, max(SMALLEST_SIDE_PX, self.largest / MOST_ZOOM))
        self.side = self.largest
        self.x = width / 2
        self.y = height / 2
        if crop is not None:
            self.side = min(max(float(crop.side), self.smallest), self.largest)
            self.x = crop.x + crop.side / 2
            self.y = crop.y + crop.side / 2
            self._stay_inside()

    @property
    def zoom(self) -> float:
        """1 shows all that fits, `most_zoom` the smallest square."""
        return self.largest / self.side

    @property
    def most_zoom(self) -> float:
        return self.largest / self.smallest

    def move(self, right: float, down: float) -> None:
        self.x += right
        self.y += down
        self._stay_inside()

    def zoom_to(self, zoom: float, about: tuple[float, float] | None = None) -> None:
        """Zoom so that the point `about` of the picture (its centre if None) stays where it is shown."""
        x, y = about or (self.x, self.y)
        before = self.side
        self.side = min(max(self.largest / zoom, self.smallest), self.largest)
        share = self.side / before
        self.x = x + (self.x - x) * share
        self.y = y + (self.y - y) * share
        self._stay_inside()

    def reset(self) -> None:
        self.side = self.largest
        self.x = self.width / 2
        self.y = self.height / 2

    def crop(self) -> Crop:
        """The square in whole pixels, all of it within the picture."""
        side = max(1, min(round(self.side), self.width, self.height))
        x = min(max(round(self.x - side / 2), 0), self.width - side)
        y = min(max(round(self.y - side / 2), 0), self.height - side)
        return Crop(x, y, side)

    def _stay_inside(self) -> None:
        half = self.side / 2
        self.x = min(max(self.x, half), self.width - half)
        self.y = min(max(self.y, half), self.height - half)
